"""A story is retracted while real workers send: the correction reaches those who had it, and the archive says so."""

import pytest
from django.test import Client

from digests import ledger
from digests.archive import reading
from digests.choices import DigestState, Outcome
from digests.decisions import approval, correcting, stop_press
from digests.delivery import auditing
from digests.delivery.freezing import Freeze, freeze
from digests.models import Digest, Item
from subscriptions.clock import database_now
from tests.builders import Press
from tests.faults.accounts import is_through
from tests.faults.crew import Crew, wait_until
from tests.flows.test_stop_press import (
    READERS,
    WRONG,
    Unhurried,
    by_ledger,
    taken,
    under_way,
    unhurried_crew,
)
from tests.staff import member

pytestmark = [pytest.mark.service, pytest.mark.timeout(180)]
__all__ = ["taken", "unhurried_crew"]  # fixtures
SUBJECT, WORDS = "Correction: the ferry", "The ferry did not sink. We are sorry."


def corrected(digest: Digest) -> Digest:
    """Begun, approved and frozen, as an editor and the tick do it."""
    first = digest.versions.order_by("number")[0]
    correction = correcting.draft(
        digest.pk, [first.pk], subject=SUBJECT, words=WORDS, now=database_now()
    )
    approval.approve(correction, by=member("publisher", "ben"), now=database_now())
    assert freeze(correction.pk, now=database_now()) is Freeze.DONE
    correction.refresh_from_db()
    return correction


def test_only_readers_whose_mail_was_wrong_get_the_correction(
    unhurried_crew: Crew, taken: Unhurried, client: Client
) -> None:
    digest = under_way(Press())
    unhurried_crew.start()
    unhurried_crew.ring()
    wait_until(lambda: len(taken) > READERS // 6)
    wrong_item = Item.objects.get(section__digest=digest, headline=WRONG)
    anna = member("publisher", "anna")
    stop_press.retract(digest.pk, wrong_item.pk, by=anna, now=database_now())
    wait_until(lambda: is_through(digest), seconds=60)
    first_mails = taken.mails()
    misled = {mail.recipient for mail in first_mails if mail.has_wrong}
    assert READERS // 6 < len(misled) < READERS == len(first_mails)

    correction = corrected(digest)
    unhurried_crew.ring()
    wait_until(lambda: is_through(correction), seconds=60)

    mails = taken[READERS:]
    assert len(mails) == len(misled), "one copy each"
    assert {mail.recipient for mail in mails} == misled
    assert all(b"Correction: the ferry" in mail.content for mail in mails)
    # The ledger tells the same.
    assert by_ledger(correction) == {1: misled}
    assert ledger.counts(correction.pk) == {Outcome.ACCEPTED: len(misled)}
    assert auditing.audit(correction.pk).is_clean
    assert unhurried_crew.stop() == [0]

    # Both pages of the archive say so, and neither shows what was wrong.
    assert correction.state == DigestState.SENT
    page = client.get(reading.page_path(digest)).text
    assert WRONG not in page
    assert "Updated on" in page
    assert f'Correction: <a href="{reading.page_path(correction)}">{SUBJECT}</a>' in page
    told = client.get(reading.page_path(correction)).text
    assert WORDS in told
    assert f'href="{reading.page_path(digest)}"' in told
