"""The moment a digest's readers are chosen: exactly those, exactly once, or a word why not."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from digests import ledger
from digests.choices import AlertKind, DigestState, Outcome
from digests.delivery.freezing import Freeze, freeze
from digests.models import Alert, Batch, Digest, Section, Version
from digests.models.ledger import BATCH_SIZE
from subscriptions import audience
from subscriptions.choices import NewsletterState, SubscriptionState, SuppressionReason
from subscriptions.evidence import Evidence
from subscriptions.leaving import leave
from subscriptions.mailing.suppression import suppress
from subscriptions.models import Newsletter, Subscription
from tests.at_once import at_once
from tests.builders import NOON, Press


def known(digest: Digest) -> Digest:
    return Digest.objects.get(pk=digest.pk)


def test_each_reader_stands_in_one_batch_and_the_sums_match(press: Press) -> None:
    newsletter = press.newsletter()
    readers = press.readers(newsletter, BATCH_SIZE * 2 + 1)
    digest = press.frozen(newsletter)

    batches = list(Batch.objects.order_by("ordinal"))
    ids = [reader for batch in batches for reader in batch.recipient_ids]
    assert ids == sorted(reader.pk for reader in readers)
    assert [len(batch.recipient_ids) for batch in batches] == [BATCH_SIZE, BATCH_SIZE, 1]
    assert all(
        (batch.first_id, batch.last_id) == (batch.recipient_ids[0], batch.recipient_ids[-1])
        for batch in batches
    )
    assert digest.audience_size == len(readers)
    assert ledger.counts(digest.pk) == {Outcome.PENDING: len(readers)}
    assert (digest.frozen_at, digest.sending_version) == (NOON, digest.approved_version)


def test_only_active_readers_of_this_newsletter_are_chosen(press: Press) -> None:
    newsletter, other = press.newsletter(), press.newsletter("Good News")
    reader = press.reader(newsletter)
    press.reader(other)
    left, suppressed, pending = (press.reader(newsletter) for _ in range(3))
    leave(Subscription.objects.get(subscriber=left), Evidence("test"), now=NOON)
    suppress(suppressed.address, SuppressionReason.BOUNCE, now=NOON)
    waiting = Subscription.objects.filter(subscriber=pending)
    waiting.update(state=SubscriptionState.PENDING)

    press.frozen(newsletter)

    assert Batch.objects.get().recipient_ids == [reader.pk]


def test_who_is_away_until_later_is_left_out_and_a_pause_ends_by_itself(press: Press) -> None:
    newsletter = press.newsletter()
    press.reader(newsletter, paused_until=NOON + timedelta(seconds=1))
    back = press.reader(newsletter, paused_until=NOON)

    press.frozen(newsletter, due_at=NOON)

    assert Batch.objects.get().recipient_ids == [back.pk]


def test_the_number_of_readers_leaves_out_who_is_away(press: Press) -> None:
    newsletter, now = press.newsletter(), datetime.now(UTC)
    press.reader(newsletter)
    press.reader(newsletter, paused_until=now + timedelta(days=1))
    press.reader(newsletter, paused_until=now - timedelta(days=1))
    assert audience.size(newsletter.pk) == 2


def test_it_is_not_frozen_before_its_time_or_unapproved(press: Press) -> None:
    newsletter = press.newsletter()
    digest = press.approved(newsletter)
    assert freeze(digest.pk, now=NOON - timedelta(seconds=1)) is Freeze.NOT_DUE
    Digest.objects.update(state=DigestState.DRAFT)
    assert freeze(digest.pk, now=NOON) is Freeze.NOT_DUE
    assert not Batch.objects.exists()


def test_freezing_twice_chooses_once(press: Press) -> None:
    newsletter = press.newsletter()
    press.readers(newsletter, 3)
    digest = press.frozen(newsletter)
    press.reader(newsletter)
    assert freeze(digest.pk, now=NOON) is Freeze.NOT_DUE
    assert known(digest).audience_size == 3


@pytest.mark.django_db(transaction=True)
def test_workers_at_once_choose_once(press: Press) -> None:
    newsletter = press.newsletter()
    press.readers(newsletter, 10)
    digest = press.approved(newsletter)
    done = at_once(*[lambda: freeze(digest.pk, now=NOON)] * 4)
    assert done.count(Freeze.DONE) == 1
    assert Batch.objects.count() == 1


# --- Held and missed ----------------------------------------------------------------------------------


def held_reason(digest: Digest) -> str:
    assert freeze(digest.pk, now=NOON) is Freeze.HELD
    assert known(digest).state == DigestState.HELD
    assert Alert.objects.get().kind == AlertKind.HELD
    assert not Batch.objects.exists()
    return known(digest).state_reason


def test_a_paused_newsletters_digest_is_held(press: Press) -> None:
    digest = press.approved(press.newsletter())
    Newsletter.objects.update(state=NewsletterState.PAUSED)
    assert held_reason(digest) == "Morning Briefing is paused."


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"subject": ""}, "The subject is missing."),
        ({"article_ids": []}, "The digest has no stories yet."),
        ({"html": "<p>News</p>"}, "The HTML has no link to unsubscribe."),
        ({"text": "News"}, "The text has no link to unsubscribe."),
        ({"subject": "News\r\nBcc: everyone@example.org"}, "A header of its mail cannot be sent"),
        ({"headers": {"From": "News\n <a@example.org>"}}, "A header of its mail cannot be sent"),
        ({"headers": {}}, "Its mail lacks a sender."),
    ],
)
def test_a_version_that_must_not_go_out_is_held_with_its_reason(
    press: Press, fields: dict[str, object], reason: str
) -> None:
    digest = press.approved(press.newsletter())
    good = Version.objects.values(
        "subject", "html", "text", "headers", "article_ids", "fingerprint"
    ).get()
    bad = Version.objects.create(digest=digest, number=2, created_at=NOON, **(good | fields))
    Digest.objects.update(approved_version=bad)
    assert reason in held_reason(digest)


def test_every_reason_is_told_at_once(press: Press) -> None:
    digest = press.approved(press.newsletter())
    bad = Version.objects.create(digest=digest, number=2, created_at=NOON, headers={})
    Digest.objects.update(approved_version=bad)
    assert held_reason(digest).count(".") >= 4


def test_a_digest_that_comes_too_late_is_missed(press: Press) -> None:
    digest = press.approved(press.newsletter())
    assert freeze(digest.pk, now=digest.miss_at) is Freeze.MISSED
    assert known(digest).state == DigestState.MISSED
    assert known(digest).state_reason == (
        "It should have been on its way by 15:00 (Europe/Paris), and was not."
    )
    assert Alert.objects.get().kind == AlertKind.MISSED


def test_a_digest_that_has_expired_is_missed_and_not_sent_to_nobody(press: Press) -> None:
    newsletter = press.newsletter()
    press.reader(newsletter)
    digest = press.approved(newsletter, expires_at=NOON + timedelta(hours=1))
    assert freeze(digest.pk, now=NOON + timedelta(hours=1)) is Freeze.MISSED
    assert not Batch.objects.exists()


def test_what_is_sent_is_what_was_approved_and_not_what_was_edited_after(press: Press) -> None:
    newsletter = press.newsletter()
    digest = press.approved(newsletter)
    Section.objects.all().delete()
    Digest.objects.update(subject="Half a sent")
    assert freeze(digest.pk, now=NOON) is Freeze.DONE
    assert known(digest).sending_version == digest.approved_version


def test_thousands_of_readers_cost_no_more_queries(press: Press) -> None:
    def queries(number: int) -> int:
        newsletter = press.newsletter(f"Letter {number}")
        press.readers(newsletter, number)
        digest = press.approved(newsletter)
        with CaptureQueriesContext(connection) as captured:
            assert freeze(digest.pk, now=NOON) is Freeze.DONE
        return len(captured)

    assert queries(2_000) == queries(2) < 24
