"""Who gets a news alert: all readers of its newsletter, but those whose last digests brought them its story."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from digests import ledger
from digests.audience import have_story
from digests.audience.recipients import have_story_now, readers_now
from digests.choices import DigestState, Outcome, StateReason
from digests.decisions import approval, steering
from digests.delivery import claiming
from digests.delivery.auditing import audit
from digests.delivery.batches import ALERT_PRIORITY
from digests.delivery.freezing import Freeze, freeze
from digests.delivery.slices import advance
from digests.delivery.steps import OpenSlice, Stop
from digests.delivery.warmup.forecast import forecast
from digests.models import (
    Alert,
    Article,
    Batch,
    Digest,
    Reason,
    Slice,
    Template,
    Version,
    WarmUp,
)
from subscriptions.clock import database_now
from subscriptions.models import Newsletter, Subscription
from subscriptions.readers.uniting import unite
from tests.builders import NOON, Press
from tests.digests.delivery.alerting import begun, carried, ids, mailed, release, sent, sliced
from tests.subscriptions.conftest import EVIDENCE


@pytest.fixture
def newsletter(press: Press) -> Newsletter:
    return press.newsletter()


@pytest.fixture
def story(press: Press) -> Article:
    return press.article("Ferry sinks")


def test_all_readers_get_a_story_that_no_digest_has_brought(
    press: Press, newsletter: Newsletter, story: Article
) -> None:
    readers = press.readers(newsletter, 3)
    sent(carried(press, newsletter, press.article("Bridge reopens")))
    alert = begun(newsletter, story)
    assert readers_now(alert) == 3
    assert release(alert) is Freeze.DONE
    assert mailed(alert) == ids(readers)
    assert alert.audience_size == 3


def test_who_has_it_or_may_have_it_is_left_out(
    press: Press, newsletter: Newsletter, story: Article
) -> None:
    readers = press.readers(newsletter, 9)
    digest = carried(press, newsletter, story)
    batch = sent(
        digest,
        Outcome.ACCEPTED,
        Outcome.UNCERTAIN,
        Outcome.MOVED,  # 2: in doubt, and to be sent again
        Outcome.MOVED,  # 3: put off, and expired at last
        Outcome.FAILED,
        Outcome.LEFT,
        Outcome.SUPPRESSED,
        Outcome.EXPIRED,
        Outcome.CANCELLED,
    )
    doubt = batch.recipient_ids[2]
    Reason.objects.create(
        digest=digest, subscriber_id=doubt, outcome=Outcome.UNCERTAIN, at=database_now()
    )
    alert = begun(newsletter, story)
    assert have_story_now(alert) == 3
    assert release(alert) is Freeze.DONE
    assert mailed(alert) == ids(readers)[3:]
    assert audit(alert.pk).is_clean


def test_a_digest_of_another_newsletter_counts_and_a_version_without_the_story_does_not(
    press: Press, newsletter: Newsletter, story: Article
) -> None:
    """Two of three read both; of the other newsletter's slices the second went out before the story was put in."""
    both, only = press.readers(newsletter, 2), press.reader(newsletter)
    other = press.newsletter("Good News")
    for reader in both:
        press.subscribe(reader, other)
    digest = carried(press, other, story)
    version = digest.sending_version
    assert version is not None
    before = Version.objects.create(
        digest=digest, number=9, created_at=database_now(), fingerprint="x"
    )
    batch = sent(digest)
    Slice.objects.all().delete()
    sliced(batch, 0, 1, version)
    sliced(batch, 1, 2, before)
    alert = begun(newsletter, story)
    assert release(alert) is Freeze.DONE
    assert mailed(alert) == sorted([batch.recipient_ids[1], only.pk])


def test_who_got_it_before_two_readers_became_one_has_it(
    press: Press, newsletter: Newsletter, story: Article
) -> None:
    reader, late = press.reader(newsletter), press.reader(newsletter)
    Subscription.objects.filter(subscriber=late).update(state="left", left_at=database_now())
    sent(carried(press, newsletter, story))
    unite(reader, into=late, evidence=EVIDENCE, now=NOON)
    alone = press.reader(newsletter)
    alert = begun(newsletter, story)
    assert have_story_now(alert) == 1
    assert release(alert) is Freeze.DONE
    assert mailed(alert) == [alone.pk]


def test_what_was_sent_days_ago_is_forgotten(
    press: Press, newsletter: Newsletter, story: Article
) -> None:
    press.readers(newsletter, 2)
    digest = carried(press, newsletter, story)
    sent(digest)
    alert = begun_in_spite_of(newsletter, story, digest)
    assert readers_now(alert) == 2


def begun_in_spite_of(newsletter: Newsletter, story: Article, digest: Digest) -> Digest:
    long_ago = database_now() - have_story.REMEMBERED - timedelta(minutes=1)
    Digest.objects.filter(pk=digest.pk).update(frozen_at=long_ago)
    return begun(newsletter, story)


@pytest.mark.parametrize(
    ("changes", "batch_changes", "is_mailed"),
    [
        ({}, {}, False),  # its turn has come: it goes out this minute
        ({"state": DigestState.SENDING}, {}, False),
        ({"state": DigestState.PAUSED}, {}, True),
        ({"state": DigestState.CANCELLED}, {}, True),
        ({}, {"opens_at": timedelta(hours=3)}, True),  # at local time, or behind a hold for seeds
        ({}, {"variant": None}, True),  # the rest of a subject test
        ({}, {"waits_for": "Gmail"}, True),
        ({}, {"kind": "retry", "due_at": timedelta(minutes=40)}, False),  # put off by its server
        ({}, {"outcomes": bytes([Outcome.DEFERRED])}, False),
        ({}, {"expires_at": -timedelta(minutes=1)}, True),
        ({}, {"outcomes": bytes([Outcome.SKIPPED])}, True),
    ],
)
def test_who_is_just_getting_it_is_left_out_and_who_waits_for_it_is_not(
    press: Press,
    newsletter: Newsletter,
    story: Article,
    changes: dict[str, str],
    batch_changes: dict[str, object],
    is_mailed: bool,
) -> None:
    reader = press.reader(newsletter)
    digest = carried(press, newsletter, story)
    Digest.objects.filter(pk=digest.pk).update(**changes)
    now = database_now()
    values = {
        name: now + value if isinstance(value, timedelta) else value
        for name, value in batch_changes.items()
    }
    Batch.objects.filter(digest=digest).update(**values)
    press.reader(newsletter)  # who came later, and gets it in any case
    alert = begun(newsletter, story)
    assert release(alert) is Freeze.DONE
    assert (reader.pk in mailed(alert)) is is_mailed


def test_a_warm_up_holds_it_back_and_leaves_it_its_place(
    press: Press, newsletter: Newsletter, story: Article
) -> None:
    WarmUp.objects.create(starts_on=database_now().date(), first_day=2)
    press.readers(newsletter, 60)
    alert = begun(newsletter, story)
    assert release(alert) is Freeze.DONE
    batches = Batch.objects.filter(digest=alert)
    assert {batch.priority for batch in batches} == {ALERT_PRIORITY}
    assert {batch.waits_for: len(batch.recipient_ids) for batch in batches} == {
        "": 2,
        "example.org": 58,
    }


def test_a_warm_up_is_foreseen_for_those_who_get_it(
    press: Press, newsletter: Newsletter, story: Article
) -> None:
    press.readers(newsletter, 60)
    sent(carried(press, newsletter, story))
    press.readers(newsletter, 55)
    alert = begun(newsletter, story)
    WarmUp.objects.create(starts_on=database_now().date(), first_day=5)
    assert [allowance.readers for allowance in forecast(alert, at=database_now())] == [55]
    # Looking keeps no two readers from becoming one, as a freeze does.
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT mode FROM pg_locks WHERE pid = pg_backend_pid()"
            " AND relation = 'subscriptions_formerid'::regclass"
        )
        assert ("ShareLock",) not in cursor.fetchall()


def test_it_is_skipped_when_everybody_has_the_story_by_then(
    press: Press, newsletter: Newsletter, story: Article
) -> None:
    press.readers(newsletter, 2)
    alert = begun(newsletter, story)
    approval.approve(alert, by=None, now=database_now())
    carried(press, newsletter, story)
    assert freeze(alert.pk, now=database_now()) is Freeze.SKIPPED
    alert.refresh_from_db()
    assert (alert.state, alert.reason) == (DigestState.SKIPPED, StateReason.EVERYBODY_HAS_IT)
    assert Alert.objects.filter(digest=alert, kind="skipped").exists()
    assert not alert.batches.exists()


def test_it_waits_neither_for_seeds_nor_for_local_time(
    press: Press, newsletter: Newsletter, story: Article
) -> None:
    Template.objects.update(seed_addresses=["chief@example.org"], hold_minutes=30)
    press.reader(newsletter, address="chief@example.org")
    press.reader(newsletter, zone="America/Los_Angeles")
    alert = begun(newsletter, story)
    assert release(alert) is Freeze.DONE
    batch = Batch.objects.get(digest=alert)
    assert batch.due_at <= database_now()
    assert batch.priority == ALERT_PRIORITY
    assert len(batch.recipient_ids) == 2


def test_a_digest_that_is_being_sent_lets_it_pass(
    press: Press, newsletter: Newsletter, story: Article
) -> None:
    """The bulk is claimed and begun; its worker is told of something urgent, and the next claim is the alert's."""
    bulk_letter = press.newsletter("Good News")
    press.readers(bulk_letter, 620)  # two batches: one is claimed, one stands before the alert's
    press.readers(newsletter, 3)
    bulk = carried(press, bulk_letter, press.article("Bridge reopens"))
    held = claiming.claim()
    assert held is not None
    assert held.digest_id == bulk.pk
    assert isinstance(advance(held, None, transport="smtp"), OpenSlice)

    alert = begun(newsletter, story)
    assert release(alert) is Freeze.DONE
    again = claiming.claim()
    assert again is not None
    assert again.digest_id == alert.pk, "though its bulk was due before"
    claiming.release(again)
    assert advance(held, None, transport="smtp") is Stop.PRIORITY
    taken = claiming.claim()
    assert taken is not None
    assert taken.digest_id == alert.pk


def test_counting_takes_as_many_queries_for_one_newsletter_as_for_six(
    press: Press, newsletter: Newsletter, story: Article
) -> None:
    press.readers(newsletter, 3)
    sent(carried(press, newsletter, story))
    others = [press.newsletter(f"Letter {number}") for number in range(5)]
    asked = [newsletter.pk, *(other.pk for other in others)]
    with CaptureQueriesContext(connection) as few:
        assert have_story.counts(story.pk, asked[:1]) == {newsletter.pk: 3}
    with CaptureQueriesContext(connection) as many:
        found = have_story.counts(story.pk, asked)
    assert len(many) == len(few)
    assert found == {newsletter.pk: 3} | dict.fromkeys(asked[1:], 0)


def test_the_count_is_the_audience_that_is_chosen_after_it(
    press: Press, newsletter: Newsletter, story: Article
) -> None:
    press.readers(newsletter, 30)
    digest = carried(press, newsletter, story)
    outcomes = [Outcome.ACCEPTED, Outcome.FAILED, Outcome.UNCERTAIN] * 10
    sent(digest, *outcomes)
    alert = begun(newsletter, story)
    expected = readers_now(alert)
    assert release(alert) is Freeze.DONE
    assert alert.audience_size == expected == 10
    assert ledger.counts(alert.pk).total() == 10
    steering.cancel(alert, "", now=database_now())
    assert audit(alert.pk).is_clean
