"""Events taken into account: in any order, once, for our own mails only, and nobody held up."""

import threading
from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest
from django.db import connection, connections
from django.test import Client

from digests import ledger
from digests.choices import EventKind, EventState, Outcome
from digests.delivery.draining import drain
from digests.models import Alert, Batch, Digest, Event, Reason
from digests.tracking import processing
from digests.tracking.esps import STALE_AFTER
from subscriptions.choices import BounceKind, LetterState, SubscriptionState, SuppressionReason
from subscriptions.clock import database_now
from subscriptions.evidence import Evidence
from subscriptions.mailing import delivery_ids, letters
from subscriptions.mailing.suppression import is_suppressed
from subscriptions.models import (
    BounceReport,
    Letter,
    Newsletter,
    Subscriber,
    Subscription,
    Suppression,
)
from subscriptions.public_ids import new_public_id
from subscriptions.readers.uniting import unite
from tests.builders import NOON, Press
from tests.digests.tracking import posts
from tests.digests.tracking.conftest import Sent, force_outcome
from tests.digests.tracking.posts import Mail
from tests.fakes import FakeTransport

pytestmark = pytest.mark.usefixtures("keys")


def process() -> processing.Processed:
    return processing.process(now=database_now())


def outcome(sent: Sent, number: int = 0) -> Outcome:
    found = ledger.delivery_of(sent.digest.pk, sent.readers[number].pk)
    assert found is not None
    return found.outcome


@pytest.mark.parametrize("name", sorted(set(posts.BOUNCES) - {"mailersend", "postal"}))
def test_a_hard_bounce_of_every_service_ends_the_address(
    client: Client, sent: Sent, name: str
) -> None:
    assert posts.BOUNCES[name](sent.mail()).send(client) == 200
    process()
    event = Event.objects.get()
    assert (event.state, event.digest, event.subscriber_id) == (
        EventState.APPLIED, sent.digest, sent.reader.pk,
    )  # fmt: skip
    assert outcome(sent) is Outcome.FAILED
    assert [outcome(sent, 1), outcome(sent, 2)] == [Outcome.ACCEPTED] * 2
    assert is_suppressed(sent.reader.address)
    reason = Reason.objects.get()
    assert (reason.subscriber_id, reason.outcome) == (sent.reader.pk, Outcome.FAILED)
    assert reason.code == ("" if name in {"mailjet", "resend"} else "5.1.1")
    assert len(reason.text) > 15
    report = BounceReport.objects.get()
    assert report.source == f"{name} event {event.pk}"
    assert Suppression.objects.get().note.startswith(report.source)


def test_a_complaint_ends_the_address_and_leaves_the_outcome(client: Client, sent: Sent) -> None:
    posts.postmark(sent.mail(), "SpamComplaint").send(client)
    process()
    assert outcome(sent) is Outcome.ACCEPTED
    assert Suppression.objects.get().reason == SuppressionReason.COMPLAINT


def test_a_delivery_is_an_event_and_changes_nothing_else(client: Client, sent: Sent) -> None:
    posts.mailtrap(sent.mail(), "delivery").send(client)
    done = process()
    assert done.states == {EventState.APPLIED: 1}
    assert outcome(sent) is Outcome.ACCEPTED
    assert not Reason.objects.exists()
    event = Event.objects.get()
    assert event.digest == sent.digest
    assert event.payload == ""  # there are as many of these as mails


def test_a_refusal_of_policy_fails_the_mail_and_spares_the_reader(
    client: Client, sent: Sent
) -> None:
    posts.mailgun(sent.mail(), reply="5.7.1 Message refused by policy").send(client)
    process()
    assert outcome(sent) is Outcome.FAILED
    assert not is_suppressed(sent.reader.address)
    assert BounceReport.objects.get().kind == BounceKind.POLICY


@pytest.mark.parametrize(
    "order", list(permutations(range(4))), ids=lambda order: "".join(map(str, order))
)
def test_every_order_of_delivery_bounce_and_complaint_ends_the_same(
    client: Client, sent: Sent, order: tuple[int, ...]
) -> None:
    mail = sent.mail()
    told = [
        posts.mailtrap(mail, "delivery"),
        posts.mailgun(mail, reply="4.2.2 full, given up", code=452),
        posts.mailtrap(mail, "bounce"),
        posts.mailtrap(mail, "spam"),
    ]
    for number in order:
        told[number].send(client)
        told[number].send(client)
        process()
    assert outcome(sent) is Outcome.FAILED
    assert Suppression.objects.get().reason == SuppressionReason.COMPLAINT
    assert sorted(BounceReport.objects.values_list("kind", flat=True)) == [
        "complaint", "hard", "soft",
    ]  # fmt: skip
    assert Reason.objects.count() == 2


def test_events_of_other_senders_are_kept_and_counted(client: Client, sent: Sent) -> None:
    stranger = delivery_ids.for_digest(new_public_id(), new_public_id())
    posts.brevo(Mail(sent.reader.address, stranger)).send(client)
    posts.postmark(Mail("nobody@example.org")).send(client)
    posts.sendgrid(Mail(sent.reader.address)).send(client)  # ours, but the mail is not
    done = process()
    assert done.states == {EventState.FOREIGN: 3}
    assert all(Event.objects.values_list("payload", flat=True))
    assert not is_suppressed(sent.reader.address)
    assert outcome(sent) is Outcome.ACCEPTED


def test_without_metadata_our_message_id_and_the_recipient_tell(client: Client, sent: Sent) -> None:
    from digests.messages.message import message_id

    name = message_id(sent.digest.public_id, sent.reader.public_id)
    posts.mailgun(Mail(sent.reader.address.upper(), message_id=name)).send(client)
    posts.mailgun(Mail(sent.readers[1].address, message_id=name), token="t2").send(client)
    process()
    assert [outcome(sent, number) for number in range(3)] == [
        Outcome.FAILED, Outcome.ACCEPTED, Outcome.ACCEPTED,
    ]  # fmt: skip


def test_a_service_that_names_no_mail_reaches_the_reader_but_not_the_account(
    client: Client, press: Press
) -> None:
    newsletter = press.newsletter()
    reader, other = press.reader(newsletter), press.reader()
    digest = press.frozen(newsletter)
    transport = FakeTransport()
    transport.name = "mailersend"
    drain(transport, seconds=5)
    posts.mailersend(Mail(reader.address)).send(client)
    posts.mailersend(Mail(other.address), event_id="ev2").send(client)
    process()
    assert is_suppressed(reader.address)
    assert not is_suppressed(other.address)  # was never mailed by it
    found = ledger.delivery_of(digest.pk, reader.pk)
    assert found is not None
    assert found.outcome is Outcome.ACCEPTED


def carried(press: Press, service: str, newsletter: Newsletter, *, days_ago: float = 0) -> Digest:
    """A digest that this service took, as the ledger would have it after so many days."""
    digest = press.frozen(newsletter)
    transport = FakeTransport()
    transport.name = service
    drain(transport, seconds=5)
    at = database_now() - timedelta(days=days_ago)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE digests_slice SET started_at = %s, settled_at = %s WHERE batch_id IN"
            " (SELECT id FROM digests_batch WHERE digest_id = %s)",
            [at, at, digest.pk],
        )
    return digest


def states(reader: Subscriber) -> dict[str, str]:
    ties = Subscription.objects.filter(subscriber=reader).select_related("newsletter")
    return {tie.newsletter.slug: str(tie.state) for tie in ties}


def test_who_leaves_at_a_service_that_names_no_mail_leaves_all_that_it_carried(
    client: Client, press: Press
) -> None:
    newsletters = {
        name: press.newsletter(name=name) for name in ("daily", "weekly", "elsewhere", "long-ago")
    }
    reader, other = press.reader(), press.reader()
    for newsletter in newsletters.values():
        press.subscribe(reader, newsletter)
        press.subscribe(other, newsletter)
    carried(press, "mailersend", newsletters["daily"])
    carried(press, "mailersend", newsletters["weekly"], days_ago=50)  # a link must work for long
    carried(press, "smtp", newsletters["elsewhere"])
    carried(press, "mailersend", newsletters["long-ago"], days_ago=90)
    posts.mailersend(Mail(reader.address), "unsubscribed").send(client)
    process()
    assert states(reader) == {
        "daily": "left", "weekly": "left", "elsewhere": "active", "long-ago": "active",
    }  # fmt: skip
    assert set(states(other).values()) == {"active"}
    event = Event.objects.get()
    assert event.state == EventState.APPLIED
    assert {consent.form for consent in reader.consents.all()} == {f"mailersend event {event.pk}"}
    assert not is_suppressed(reader.address)


def test_who_leaves_at_a_service_that_never_mailed_them_is_nobodys(
    client: Client, press: Press
) -> None:
    newsletter = press.newsletter()
    reader = press.reader()
    press.subscribe(reader, newsletter)
    carried(press, "smtp", newsletter)
    posts.mailersend(Mail(reader.address), "unsubscribed").send(client)
    assert process().states == {EventState.FOREIGN: 1}
    assert states(reader) == {newsletter.slug: "active"}


def test_who_leaves_by_a_letter_leaves_all(client: Client, press: Press) -> None:
    reader = press.reader()
    for name in ("daily", "weekly"):
        press.subscribe(reader, press.newsletter(name=name))
    letter = letters.write("confirmation", reader.address, {}, now=NOON, subscriber=reader)
    mail = Mail(reader.address, delivery_ids.for_letter(letter.public_id))
    posts.mailtrap(mail, "unsubscribe").send(client)
    process()
    assert states(reader) == {"daily": "left", "weekly": "left"}


def test_a_complaint_ends_all_subscriptions_so_that_lifting_it_mails_nobody(
    client: Client, sent: Sent, press: Press
) -> None:
    second = press.newsletter(name="second")
    press.subscribe(sent.reader, second)
    press.subscribe(sent.readers[1], second)
    posts.postmark(sent.mail(), "SpamComplaint").send(client)
    posts.postmark(sent.mail(), "SpamComplaint").send(client)
    process()
    event = Event.objects.get()
    assert set(states(sent.reader).values()) == {"left"}
    consents = list(sent.reader.consents.values_list("action", "form"))
    assert consents == [("left", f"complaint: postmark event {event.pk}")] * 2
    assert set(states(sent.readers[1]).values()) == {"active"}


def test_a_hard_bounce_leaves_subscriptions_alone(client: Client, sent: Sent) -> None:
    """The mailbox may come back; its reader has not said anything."""
    posts.brevo(sent.mail()).send(client)
    process()
    assert set(states(sent.reader).values()) == {"active"}


def test_a_bounced_letter_ends_the_address_too(client: Client, press: Press) -> None:
    reader = press.reader()
    letter = letters.write("confirmation", reader.address, {}, now=NOON, subscriber=reader)
    Letter.objects.update(state=LetterState.ACCEPTED)
    posts.brevo(Mail(reader.address, delivery_ids.for_letter(letter.public_id))).send(client)
    process()
    letter.refresh_from_db()
    assert letter.state == LetterState.FAILED
    assert "5.1.1" in letter.last_error
    assert is_suppressed(reader.address)
    assert Event.objects.get().letter == letter


def test_a_letter_is_known_by_its_message_id(client: Client, press: Press) -> None:
    reader = press.reader()
    letter = letters.write("confirmation", reader.address, {}, now=NOON, subscriber=reader)
    posts.mailgun(Mail(message_id=f"<letter.{letter.public_id}@news.example.org>")).send(client)
    process()
    assert is_suppressed(reader.address)


def test_an_unsubscribe_at_the_service_leaves_that_newsletter(client: Client, sent: Sent) -> None:
    posts.mailtrap(sent.mail(), "unsubscribe").send(client)
    process()
    tie = Subscription.objects.get(subscriber=sent.reader)
    assert tie.state == SubscriptionState.LEFT
    assert sent.reader.consents.get().form == f"mailtrap event {Event.objects.get().pk}"
    assert not is_suppressed(sent.reader.address)


def united(sent: Sent) -> Mail:
    """The first reader has become the second; a mail that went to the first."""
    mail = sent.mail()
    unite(sent.reader, into=sent.readers[1], evidence=Evidence("test"), now=NOON)
    return mail


def test_what_a_person_said_at_a_former_address_holds_for_them(client: Client, sent: Sent) -> None:
    mail = united(sent)
    force_outcome(sent.digest, 1, Outcome.UNCERTAIN)
    posts.mailtrap(mail, "unsubscribe").send(client)
    process()
    tie = Subscription.objects.get(subscriber=sent.readers[1])
    assert tie.state == SubscriptionState.LEFT
    posts.postmark(mail, "SpamComplaint").send(client)
    process()
    assert Suppression.objects.get().address == sent.readers[1].address
    assert (
        outcome(sent, 1) is Outcome.UNCERTAIN
    )  # that is of another mail than the one complained about


def test_a_former_mailbox_that_bounces_ends_no_other(client: Client, sent: Sent) -> None:
    posts.BOUNCES["postmark"](united(sent)).send(client)
    process()
    assert Event.objects.get().state == EventState.FOREIGN
    assert outcome(sent, 1) is Outcome.ACCEPTED
    assert not Suppression.objects.exists()


def test_a_delivery_settles_a_reader_in_doubt(client: Client, sent: Sent) -> None:
    force_outcome(sent.digest, 0, Outcome.UNCERTAIN)
    Reason.objects.create(
        digest=sent.digest, subscriber_id=sent.reader.pk, outcome=Outcome.UNCERTAIN, at=NOON
    )
    posts.mailtrap(sent.mail(), "delivery").send(client)
    assert process().states == {EventState.APPLIED: 1}
    assert outcome(sent) is Outcome.ACCEPTED


@pytest.mark.parametrize("code", [Outcome.LEFT, Outcome.CANCELLED, Outcome.SUPPRESSED])
def test_what_others_decided_stays(client: Client, sent: Sent, code: Outcome) -> None:
    force_outcome(sent.digest, 0, code)
    posts.brevo(sent.mail()).send(client)
    process()
    assert outcome(sent) is code


def test_a_reader_not_sent_yet_is_not_failed_by_an_event(client: Client, sent: Sent) -> None:
    force_outcome(sent.digest, 0, Outcome.PENDING)
    Batch.objects.update(next=0)
    posts.brevo(sent.mail()).send(client)
    process()
    assert outcome(sent) is Outcome.PENDING
    assert is_suppressed(sent.reader.address)  # the next slice leaves the reader out


def test_an_event_older_than_keys_are_kept_is_not_acted_on(client: Client, sent: Sent) -> None:
    mail = sent.mail()
    old = Mail(mail.recipient, mail.delivery, at=datetime.now(UTC) - timedelta(days=8))
    posts.brevo(old).send(client)
    assert process().states == {EventState.STALE: 1}
    assert not is_suppressed(mail.recipient)
    assert processing.KEEP_FOR > STALE_AFTER


def test_an_event_that_cannot_be_taken_holds_nobody_up(client: Client, sent: Sent) -> None:
    posts.brevo(sent.mail(0)).send(client)
    posts.brevo(sent.mail(1)).send(client)
    with connection.cursor() as cursor:  # the row of the first refuses to change
        cursor.execute(
            f"""
            CREATE FUNCTION refuse() RETURNS trigger AS $$ BEGIN
                IF NEW.subscriber_id = {sent.readers[0].pk} THEN RAISE EXCEPTION 'no'; END IF;
                RETURN NEW; END $$ LANGUAGE plpgsql;
            CREATE TRIGGER refuse BEFORE INSERT ON subscriptions_bouncereport
                FOR EACH ROW EXECUTE FUNCTION refuse();
            """
        )
    done = process()
    assert done.states == {EventState.BROKEN: 1, EventState.APPLIED: 1}
    assert outcome(sent, 0) is Outcome.ACCEPTED
    assert outcome(sent, 1) is Outcome.FAILED


def test_soft_bounces_count_until_a_delivery(client: Client, sent: Sent) -> None:
    mail = sent.mail()
    now = database_now()
    for week in range(5, 0, -1):
        BounceReport.objects.create(
            subscriber=sent.reader, kind=BounceKind.SOFT, source=f"brevo event -{week}",
            occurred_at=now - timedelta(weeks=week), recorded_at=now,
        )  # fmt: skip
    posts.mailtrap(Mail(mail.recipient, mail.delivery), "delivery").send(client)
    posts.brevo(mail, "soft_bounce", reason="452 4.2.2 full").send(client)
    process()
    assert not is_suppressed(mail.recipient)
    Event.objects.filter(kind=EventKind.DELIVERED).delete()
    posts.brevo(mail, "soft_bounce", reason="452 4.2.2 full again").send(client)
    process()
    assert is_suppressed(mail.recipient)


def test_a_digest_that_nobody_sent_back_for_days_has_arrived(client: Client, sent: Sent) -> None:
    from digests.delivery.arrivals import last_delivery

    now = database_now()
    assert last_delivery(sent.reader.pk, now=now) is None
    later = last_delivery(sent.reader.pk, now=now + timedelta(days=6))
    assert later is not None
    assert abs(later - now) < timedelta(minutes=5)


def test_many_given_up_at_once_raise_an_alert(client: Client, sent: Sent) -> None:
    Batch.objects.update(next=600)  # as if so many had been sent
    posts.mailtrap(sent.mail(), "spam").send(client)
    process()
    assert "1 complained (0.17%; 0.1% is the limit)" in Alert.objects.get().text


def test_a_few_given_up_of_many_are_a_normal_morning(client: Client, sent: Sent) -> None:
    Batch.objects.update(next=30_000)
    posts.mailtrap(sent.mail(0), "bounce").send(client)
    posts.mailtrap(sent.mail(1), "spam").send(client)
    process()
    assert not Alert.objects.exists()


def test_a_flood_is_told_in_the_log(
    client: Client, sent: Sent, caplog: pytest.LogCaptureFixture
) -> None:
    now = database_now()
    Event.objects.bulk_create(
        Event(
            esp="brevo", dedupe_key=bytes([n // 256, n % 256]), body_hash=b"", kind="bounced",
            occurred_at=now, received_at=now, processed_at=now, state="applied", has_suppressed=True,
        )
        for n in range(500)
    )  # fmt: skip
    posts.brevo(sent.mail()).send(client)
    process()
    assert "501 addresses were given up within an hour" in caplog.text


def test_old_events_are_forgotten_and_waiting_ones_never(sent: Sent) -> None:
    long_ago = database_now() - timedelta(days=91)
    for number, state in enumerate([EventState.APPLIED, EventState.NEW]):
        Event.objects.create(
            esp="brevo", dedupe_key=bytes([number]), body_hash=b"", kind="opened", state=state,
            occurred_at=long_ago, received_at=long_ago,
        )  # fmt: skip
    assert processing.forget(now=database_now()) == 1
    assert Event.objects.get().state == EventState.NEW


@pytest.mark.django_db(transaction=True)
def test_two_workers_share_the_events_and_do_none_twice(client: Client) -> None:
    press = Press()
    newsletter: Newsletter = press.newsletter()
    readers = press.readers(newsletter, 40)
    digest = press.frozen(newsletter)
    drain(FakeTransport(), seconds=5)
    sent = Sent(digest, readers)
    for number in range(40):
        posts.brevo(sent.mail(number)).send(client)
    counts: list[int] = []

    def work() -> None:
        try:
            counts.append(process().states[EventState.APPLIED])
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work) for _number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    process()
    assert not Event.objects.filter(state=EventState.NEW).exists()
    assert sum(counts) == 40
    assert ledger.counts(digest.pk) == {Outcome.FAILED: 40}
    assert Reason.objects.count() == 40


def test_without_time_nothing_is_begun(client: Client, sent: Sent) -> None:
    posts.brevo(sent.mail()).send(client)
    processing.process(now=database_now(), seconds=0)
    assert Event.objects.get().state == EventState.NEW


def test_deliveries_and_bounces_take_turns(client: Client, sent: Sent) -> None:
    posts.mailtrap(sent.mail(1), "delivery", count=processing.AT_ONCE * 2 + 1).send(client)
    posts.brevo(sent.mail()).send(client)
    done = process()
    assert done.states == {EventState.APPLIED: processing.AT_ONCE * 2 + 2}
