"""At each reader's own time: one freeze, cohorts, and nobody early, expired with others, or silently missing."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from digests import ledger
from digests.choices import DigestState, Outcome, PastRule
from digests.cohorts import FREEZE_AHEAD, SPREAD, moments
from digests.counts.cohort_counts import cohorts_of
from digests.decisions import steering
from digests.delivery import claiming, finishing
from digests.delivery.auditing import audit
from digests.delivery.draining import drain
from digests.delivery.freezing import Freeze, freeze
from digests.delivery.transports.base import Answer
from digests.models import Alert, Batch, Digest, Reason
from digests.models.ledger import BATCH_SIZE
from digests.plan import planning
from subscriptions.clock import database_now
from subscriptions.models import Newsletter, Subscriber
from tests.at_once import at_once
from tests.builders import MONDAY_NOON, Press
from tests.fakes import FakeTransport

DAY = date(2026, 11, 24)
SIX = time(6, 0)
FIRST = datetime(2026, 11, 23, 16, 0, tzinfo=UTC)  # 06:00 in Kiritimati
PATIENCE = timedelta(hours=8)
AUCKLAND, PARIS, HONOLULU = "Pacific/Auckland", "Europe/Paris", "Pacific/Honolulu"


@pytest.fixture
def press(db: None) -> Press:
    return Press(noon=MONDAY_NOON)


def local_digest(press: Press, newsletter: Newsletter, **fields: object) -> Digest:
    """Due at each reader's 06:00 of the day, approved."""
    values: dict[str, object] = {
        "local_date": DAY,
        "local_time": SIX,
        "due_at": FIRST,
        "miss_at": FIRST + SPREAD + timedelta(hours=2),
        "expires_at": FIRST + SPREAD + PATIENCE,
    }
    return press.approved(newsletter, **(values | fields))


def readers_of(press: Press, newsletter: Newsletter, *zones: str) -> list[Subscriber]:
    return [press.reader(newsletter, zone=zone) for zone in zones]


def times_of_readers() -> dict[int, datetime]:
    return {
        reader: batch.opens_at for batch in Batch.objects.all() for reader in batch.recipient_ids
    }


def test_each_reader_is_due_by_the_clock_of_their_zone(press: Press) -> None:
    newsletter = press.newsletter()
    zones = (AUCKLAND, PARIS, "", HONOLULU, "Asia/Kathmandu", "Mars/Olympus_Mons")
    readers = readers_of(press, newsletter, *zones)
    digest = local_digest(press, newsletter)
    assert freeze(digest.pk, now=FIRST) is Freeze.DONE

    paris = datetime(2026, 11, 24, 5, 0, tzinfo=UTC)
    assert times_of_readers() == dict(
        zip(
            [reader.pk for reader in readers],
            [
                datetime(2026, 11, 23, 17, 0, tzinfo=UTC),
                paris,
                paris,  # no zone of their own: the newsletter's
                datetime(2026, 11, 24, 16, 0, tzinfo=UTC),
                datetime(2026, 11, 24, 0, 15, tzinfo=UTC),
                paris,  # a zone that this machine does not know
            ],
            strict=True,
        )
    )
    for batch in Batch.objects.all():
        assert batch.due_at == batch.opens_at
        assert batch.expires_at == batch.opens_at + PATIENCE
    assert audit(digest.pk).is_clean


def test_readers_of_zones_that_share_a_time_share_batches(press: Press) -> None:
    newsletter = press.newsletter()
    readers_of(press, newsletter, PARIS, "Europe/Berlin", "", AUCKLAND, "Antarctica/McMurdo")
    freeze(local_digest(press, newsletter).pk, now=FIRST)
    assert [len(batch.recipient_ids) for batch in Batch.objects.order_by("ordinal")] == [2, 3]


def test_it_is_frozen_a_little_before_the_first_clocks(press: Press) -> None:
    digest = local_digest(press, press.newsletter())
    early = FIRST - FREEZE_AHEAD
    assert planning.to_freeze(now=early - timedelta(seconds=1)) == []
    assert freeze(digest.pk, now=early - timedelta(seconds=1)) is Freeze.NOT_DUE
    assert planning.to_freeze(now=early) == [digest.pk]
    assert freeze(digest.pk, now=early) is Freeze.DONE


@pytest.mark.parametrize("rule", PastRule)
@settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    zones=st.lists(
        st.sampled_from(["", AUCKLAND, PARIS, HONOLULU, "Asia/Kolkata", "America/Nuuk"]),
        min_size=1,
        max_size=12,
    ),
    hours_late=st.integers(0, 20),
)
def test_whenever_it_is_frozen_every_reader_is_accounted_for(
    press: Press, rule: PastRule, zones: list[str], hours_late: int
) -> None:
    with transaction.atomic():
        newsletter = press.newsletter()
        readers = readers_of(press, newsletter, HONOLULU, *zones)
        digest = local_digest(press, newsletter, past_rule=rule)
        now = FIRST + timedelta(hours=hours_late)
        assert freeze(digest.pk, now=now) is Freeze.DONE
        check_times(readers, now, rule)
        check_account(digest, {reader.pk for reader in readers if is_late(reader, now)}, rule)
        assert audit(digest.pk).is_clean
        transaction.set_rollback(True)


def is_late(reader: Subscriber, now: datetime) -> bool:
    return moments(DAY, SIX, PARIS)[reader.zone] < now


def check_times(readers: list[Subscriber], now: datetime, rule: PastRule) -> None:
    wanted = moments(DAY, SIX, PARIS)
    due = times_of_readers()
    assert set(due) == {reader.pk for reader in readers}
    for reader in readers:
        at_once = is_late(reader, now) and rule == PastRule.NOW
        assert due[reader.pk] == (now if at_once else wanted[reader.zone])


def check_account(digest: Digest, late: set[int], rule: PastRule) -> None:
    skipped = late if rule == PastRule.SKIP else set()
    for reader in times_of_readers():
        found = ledger.delivery_of(digest.pk, reader)
        assert found is not None
        assert found.outcome is (Outcome.SKIPPED if reader in skipped else Outcome.PENDING)
    text = "The 06:00 of their own clock was past when the readers were chosen."
    reasons = Reason.objects.filter(digest=digest).values_list("subscriber_id", "text")
    assert sorted(reasons) == sorted((reader, text) for reader in skipped)


def test_a_few_minutes_late_is_not_past(press: Press) -> None:
    newsletter = press.newsletter()
    readers_of(press, newsletter, "Pacific/Kiritimati", PARIS)
    digest = local_digest(press, newsletter, past_rule=PastRule.SKIP)
    freeze(digest.pk, now=FIRST + timedelta(minutes=2))
    assert ledger.counts(digest.pk) == {Outcome.PENDING: 2}


def test_where_everybody_would_be_skipped_it_is_missed_and_staff_are_told(press: Press) -> None:
    newsletter = press.newsletter()
    readers_of(press, newsletter, PARIS, "")
    digest = local_digest(press, newsletter, past_rule=PastRule.SKIP)
    assert freeze(digest.pk, now=FIRST + timedelta(hours=20)) is Freeze.MISSED
    assert not Batch.objects.exists()
    assert Digest.objects.get().state == DigestState.MISSED
    assert Alert.objects.get().text.startswith("The time of every reader was past")


@pytest.mark.django_db(transaction=True)
def test_workers_at_once_choose_once(press: Press) -> None:
    newsletter = press.newsletter()
    readers_of(press, newsletter, AUCKLAND, PARIS)
    digest = local_digest(press, newsletter)
    done = at_once(*[lambda: freeze(digest.pk, now=FIRST)] * 4)
    assert done.count(Freeze.DONE) == 1
    assert Batch.objects.count() == 2


def test_thousands_of_readers_cost_no_more_queries(press: Press) -> None:
    def queries(number: int) -> int:
        newsletter = press.newsletter(f"Letter {number}")
        readers = press.readers(newsletter, number)
        Subscriber.objects.filter(pk__in=[reader.pk for reader in readers[::2]]).update(zone=PARIS)
        digest = local_digest(press, newsletter)
        with CaptureQueriesContext(connection) as captured:
            assert freeze(digest.pk, now=FIRST) is Freeze.DONE
        return len(captured)

    assert queries(BATCH_SIZE * 3) == queries(2) < 24


# --- By the database's clock ---------------------------------------------------------------------------


def half_the_world(press: Press, newsletter: Newsletter) -> Digest:
    """Its local time was two hours ago in UTC and is to come ten hours west of it."""
    now = database_now()
    then = now - timedelta(hours=2)
    first = then - timedelta(hours=14)
    return local_digest(
        press,
        newsletter,
        local_date=then.date(),
        local_time=then.time().replace(second=0, microsecond=0),
        due_at=first,
        miss_at=first + SPREAD,
        expires_at=first + SPREAD + timedelta(hours=3),
        zone="UTC",
    )


def test_only_the_cohort_whose_time_has_come_is_sent_and_the_digest_waits_for_the_others(
    press: Press,
) -> None:
    newsletter = press.newsletter()
    here, west = readers_of(press, newsletter, "", "Etc/GMT+10")
    digest = half_the_world(press, newsletter)
    assert freeze(digest.pk, now=digest.due_at) is Freeze.DONE
    transport = FakeTransport()
    drain(transport, seconds=10)
    assert finishing.mark_sent() == []
    assert transport.taken == [here.address]
    assert not claiming.has_work()
    assert [(cohort.accepted, cohort.waiting) for cohort in cohorts_of(digest.pk)] == [
        (1, 0),
        (0, 1),
    ]
    assert audit(digest.pk).is_clean

    Batch.objects.filter(recipient_ids=[west.pk]).update(
        opens_at=database_now(), due_at=database_now()
    )
    drain(transport, seconds=10)
    assert finishing.mark_sent() == [digest.pk]
    assert transport.taken == [here.address, west.address]


def test_a_reader_in_the_west_does_not_expire_with_the_morning_of_the_east(press: Press) -> None:
    newsletter = press.newsletter()
    east, west = readers_of(press, newsletter, "Etc/GMT-10", "Etc/GMT-1")
    digest = half_the_world(press, newsletter)  # east's was twelve hours ago, and good for three
    assert freeze(digest.pk, now=digest.due_at) is Freeze.DONE
    transport = FakeTransport()
    drain(transport, seconds=10)
    assert transport.taken == []
    assert ledger.delivery_of(digest.pk, east.pk).outcome is Outcome.EXPIRED  # type: ignore[union-attr]
    assert ledger.delivery_of(digest.pk, west.pk).outcome is Outcome.EXPIRED  # type: ignore[union-attr]


def test_a_second_attempt_stays_with_its_cohort(press: Press) -> None:
    newsletter = press.newsletter()
    readers_of(press, newsletter, "")
    digest = half_the_world(press, newsletter)
    assert freeze(digest.pk, now=digest.due_at) is Freeze.DONE
    busy = FakeTransport(lambda _reader: Answer(Outcome.DEFERRED, "451", "Busy"))
    drain(busy, seconds=10)
    first, again = Batch.objects.order_by("ordinal")
    assert (again.opens_at, again.expires_at) == (first.opens_at, first.expires_at)
    assert again.due_at > first.due_at


def test_send_now_goes_to_all_readers_at_once(press: Press) -> None:
    newsletter = press.newsletter()
    readers_of(press, newsletter, AUCKLAND, HONOLULU)
    digest = half_the_world(press, newsletter)
    now = database_now()
    steering.send_now(digest, now=now)
    assert freeze(digest.pk, now=now) is Freeze.DONE
    batch = Batch.objects.get()
    assert (batch.opens_at, batch.expires_at) == (now, now + timedelta(hours=3))
    assert len(batch.recipient_ids) == 2
