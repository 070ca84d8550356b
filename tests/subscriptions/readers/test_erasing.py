"""Erased: nothing names the reader any more, and the account of what was sent still adds up."""

from datetime import UTC, datetime

import pytest
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.db import connection

from digests.choices import EventState, Outcome
from digests.composing.testing import TEST_LETTER
from digests.delivery import auditing
from digests.delivery.draining import drain
from digests.delivery.seeds import SEED_LETTER
from digests.delivery.transports.base import ACCEPTED, Answer
from digests.messages.message import Recipient
from digests.models import Event, Reason, SeedHold
from digests.notices.alerts import STAFF_LETTERS
from subscriptions.choices import BounceKind, LetterState, SubscriptionState, SuppressionReason
from subscriptions.leaving import answer_why, leave
from subscriptions.leaving_reasons import LeavingReason
from subscriptions.mailing.bouncing import Report, take
from subscriptions.mailing.letters import write
from subscriptions.mailing.suppression import is_suppressed, suppress
from subscriptions.models import LeavingAnswer, Letter, Subscriber, Subscription, Suppression
from subscriptions.readers.erasing import erase
from tests.builders import NOON, Press
from tests.fakes import FakeTransport
from tests.subscriptions.conftest import EVIDENCE, ask

ADDRESS = "renata.solano@example.org"


def everything_kept() -> str:
    """Every text in every table of ours, as a thief of the database would search it."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT table_name FROM information_schema.tables
                WHERE table_schema = 'public' AND table_name ~ '^(subscriptions|digests|django_admin)'"""
        )
        texts = []
        for (table,) in cursor.fetchall():
            cursor.execute(f"SELECT coalesce(string_agg(t::text, ' '), '') FROM {table} t")
            texts.append(cursor.fetchone()[0])
    return " ".join(texts)


@pytest.fixture
def reader(press: Press) -> Subscriber:
    """With everything that a reader can leave behind."""
    newsletter = press.newsletter()
    reader = press.reader(newsletter, address=ADDRESS)
    ask(ADDRESS, press.newsletter("Good News"), now=NOON)
    take(reader, Report(BounceKind.SOFT, NOON, "smtp event 1", text=f"<{ADDRESS}> full"), now=NOON)
    Event.objects.create(
        esp="mailgun", dedupe_key=b"1" * 32, body_hash=b"2" * 32, kind="bounced", occurred_at=NOON,
        received_at=NOON, recipient=ADDRESS.upper(), reply=f"550 {ADDRESS}", payload=ADDRESS,
        state=EventState.NEW, acts=True,
    )  # fmt: skip
    by = User.objects.create(username="chief")
    LogEntry.objects.create(
        user=by, action_flag=CHANGE, object_id=str(reader.pk), object_repr=ADDRESS,
        content_type=ContentType.objects.get_for_model(Subscriber), change_message=f"{ADDRESS}!",
    )  # fmt: skip
    return reader


def test_the_address_is_nowhere_any_more(reader: Subscriber) -> None:
    assert ADDRESS in everything_kept()
    suppress(ADDRESS, SuppressionReason.COMPLAINT, now=NOON, note=f"said {ADDRESS}")
    erase(reader, now=NOON)
    assert ADDRESS not in everything_kept().lower()
    assert is_suppressed(ADDRESS)  # by the hash alone


def test_a_digest_that_was_sent_to_the_erased_is_still_accounted_for(press: Press) -> None:
    newsletter = press.newsletter()
    reader, refused = press.reader(newsletter), press.reader(newsletter, address=ADDRESS)
    digest = press.frozen(newsletter)

    def answer(to: Recipient) -> Answer:
        return refusal if to.address == ADDRESS else ACCEPTED

    refusal = Answer(Outcome.FAILED, "5.1.1", f"<{ADDRESS}> unknown")
    drain(FakeTransport(answer), seconds=30)
    for gone in (reader, refused):
        erase(gone, now=NOON)
    assert auditing.audit(digest.pk).is_clean
    assert Reason.objects.get().text == ""


def test_who_is_erased_between_choosing_and_sending_gets_nothing(press: Press) -> None:
    newsletter = press.newsletter()
    gone, stays = press.reader(newsletter), press.reader(newsletter)
    digest = press.frozen(newsletter)
    erase(gone, now=NOON)
    transport = FakeTransport()
    drain(transport, seconds=30)
    assert transport.taken == [stays.address]
    assert auditing.audit(digest.pk).is_clean


def test_an_erased_address_may_come_back_unless_it_asked_not_to(press: Press) -> None:
    erase(press.reader(address=ADDRESS), now=NOON)
    ask(ADDRESS, press.newsletter(), now=NOON)
    erase(Subscriber.objects.get(), now=NOON, refuse_from_now_on=True)
    suppression = Suppression.objects.get()
    assert (suppression.address, suppression.reason) == ("", SuppressionReason.ERASURE)


def test_why_somebody_left_stays_without_who(press: Press) -> None:
    reader = press.reader(press.newsletter())
    tie = Subscription.objects.get()
    leave(tie, EVIDENCE, now=NOON)
    tie.state = SubscriptionState.LEFT
    answer_why(tie, LeavingReason.TOO_MANY, now=NOON)
    erase(reader, now=NOON)
    assert LeavingAnswer.objects.get().subscription is None


def test_erasing_twice_is_once(press: Press) -> None:
    reader = press.reader()
    for _again in range(2):
        erase(reader, now=datetime.now(UTC))
    call_command("check")


def test_whoever_is_erased_is_no_seed_any_more(press: Press) -> None:
    newsletter = press.newsletter()
    template = newsletter.template
    template.seed_addresses = ["Chief@example.org", ADDRESS.title(), "desk@example.org"]
    template.save()
    digest = press.digest(newsletter)
    SeedHold.objects.create(
        digest=digest,
        addresses=["chief@example.org", ADDRESS],
        seeds=2,
        ends_at=NOON,
        stopped_by=ADDRESS,
    )
    erase(press.reader(newsletter, address=ADDRESS), now=NOON)
    template.refresh_from_db()
    assert template.seed_addresses == ["Chief@example.org", "desk@example.org"]
    hold = SeedHold.objects.get()
    assert (hold.addresses, hold.stopped_by) == (["chief@example.org"], "(erased)")


def test_letters_that_know_the_address_alone_go_but_alerts_still_reach_staff(press: Press) -> None:
    reader = press.reader(press.newsletter(), address=ADDRESS)
    states = [LetterState.PENDING, LetterState.ACCEPTED]
    for kind in (TEST_LETTER, SEED_LETTER, *STAFF_LETTERS):
        for state in states:
            for address in (ADDRESS.title(), f"x{ADDRESS}"):
                letter = write(kind, address, {}, now=NOON)
                Letter.objects.filter(pk=letter.pk).update(state=state)
    erase(reader, now=NOON)
    left = Letter.objects.filter(address__iexact=ADDRESS).values_list("kind", "state")
    assert set(left) == {(kind, "pending") for kind in STAFF_LETTERS}
    assert Letter.objects.filter(address=f"x{ADDRESS}").count() == 10
