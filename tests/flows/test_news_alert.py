"""A digest is on its way when a story breaks: the alert overtakes it, and reaches whom the story has not reached."""

import time
from email import message_from_bytes, policy

import pytest

from digests.choices import DigestState
from digests.decisions import approval, news_alerts
from digests.decisions.news_alerts import Words
from digests.delivery.auditing import audit
from digests.delivery.freezing import Freeze, freeze
from digests.models import Article, Digest
from subscriptions.clock import database_now
from subscriptions.models import Newsletter
from tests.builders import Press
from tests.faults.accounts import is_through
from tests.faults.crew import Crew, wait_until
from tests.flows.test_stop_press import Unhurried, taken, unhurried_crew
from tests.smtp_sink import Taken

pytestmark = [pytest.mark.service, pytest.mark.timeout(180)]
__all__ = ["taken", "unhurried_crew"]  # fixtures
BULK, READERS, INFORMED = 600, 60, 20
MOST_SECONDS = 3.0  # from the freeze to the last reader's mail, by a server that takes 50 mails a second and connection


def send(digest: Digest) -> None:
    approval.approve(digest, by=None, now=database_now())
    assert freeze(digest.pk, now=database_now()) is Freeze.DONE
    digest.refresh_from_db()


def digest_with(press: Press, newsletter: Newsletter, story: Article) -> Digest:
    digest = press.digest(newsletter, due_at=database_now())
    press.carry(digest, story)
    send(digest)
    return digest


def subject_of(mail: Taken) -> str:
    return str(message_from_bytes(mail.content, policy=policy.default)["Subject"])


def test_it_overtakes_a_digest_and_leaves_out_whom_that_story_has_reached(
    unhurried_crew: Crew, taken: Unhurried
) -> None:
    press = Press()
    story = press.article("Ferry sinks")
    letter, other = press.newsletter(), press.newsletter("Harbour Watch")
    readers = press.readers(letter, READERS)
    for reader in readers[:INFORMED]:
        press.subscribe(reader, other)
    unhurried_crew.start()
    carrying = digest_with(press, other, story)
    unhurried_crew.ring()
    wait_until(lambda: is_through(carrying), seconds=60)

    weekly = press.newsletter("Good News")
    press.readers(weekly, BULK)
    bulk = digest_with(press, weekly, press.article("Bridge reopens"))
    unhurried_crew.ring()
    wait_until(lambda: len(taken) > INFORMED + BULK // 6)

    alert = news_alerts.draft(letter.pk, story.pk, Words("The ferry sinks"), now=database_now())
    send(alert)
    started, before = time.time(), len(taken)
    unhurried_crew.ring()
    wait_until(lambda: is_through(alert), seconds=60)
    bulk.refresh_from_db()
    assert bulk.state == DigestState.SENDING, "it was overtaken"
    wait_until(lambda: is_through(bulk), seconds=60)

    alerts = [place for place, one in enumerate(taken) if subject_of(one) == "The ferry sinks"]
    got = {taken[place].recipient for place in alerts}
    assert got == {reader.address for reader in readers[INFORMED:]}
    assert len(alerts) == READERS - INFORMED, "one copy each"
    assert taken.times[alerts[-1]] - started < MOST_SECONDS
    # What each of four connections had in hand, a slice at most, may have come before the last alert.
    assert alerts[-1] - before < len(alerts) + 4 * 50
    for digest in (alert, bulk):
        assert audit(digest.pk).is_clean
