"""When an address is given up, and what never gives one up."""

from datetime import datetime, timedelta
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subscriptions.choices import BounceKind, SuppressionReason
from subscriptions.mailing import bouncing
from subscriptions.mailing.bouncing import Report, verdict
from subscriptions.mailing.suppression import is_suppressed, suppress
from subscriptions.models import BounceReport, Subscriber, Suppression
from tests.builders import NOON, Press

DAY = timedelta(days=1)
WEEKLY = [NOON + number * 7 * DAY for number in range(5)]
_number = count(1)


def take(
    reader: Subscriber,
    kind: BounceKind,
    at: datetime = NOON,
    *,
    source: str = "",
    delivered_at: datetime | None = None,
) -> SuppressionReason | None:
    report = Report(kind, at, source or f"mailgun event {next(_number)}", "5.1.1", "No such user")
    return bouncing.take(reader, report, now=at, delivered_at=lambda _pk: delivered_at)


def test_one_hard_bounce_is_enough_and_its_evidence_is_kept(press: Press) -> None:
    reader = press.reader()
    take(reader, BounceKind.HARD, source="mailgun event 7")
    row = Suppression.objects.get()
    assert is_suppressed(reader.address)
    assert row.reason == SuppressionReason.BOUNCE
    assert row.note == f"mailgun event 7, {NOON:%Y-%m-%d %H:%M} UTC: hard 5.1.1 No such user"
    assert BounceReport.objects.get().subscriber == reader


def test_a_complaint_suppresses_whatever_bounced_before(press: Press) -> None:
    for kinds in [
        (BounceKind.HARD, BounceKind.COMPLAINT),
        (BounceKind.COMPLAINT, BounceKind.HARD),
    ]:
        reader = press.reader()
        for kind in kinds:
            take(reader, kind)
        row = Suppression.objects.get(address=reader.address)
        assert row.reason == SuppressionReason.COMPLAINT
        assert "complaint" in row.note


def test_what_staff_decided_stays_what_staff_decided(press: Press) -> None:
    reader = press.reader()
    Suppression.objects.all().delete()
    suppress(reader.address, SuppressionReason.STAFF, now=NOON)
    take(reader, BounceKind.COMPLAINT)
    assert Suppression.objects.get().reason == SuppressionReason.STAFF


def test_policy_never_blames_the_reader(press: Press) -> None:
    reader = press.reader()
    for number in range(30):
        assert take(reader, BounceKind.POLICY, NOON + number * DAY) is None
    assert not is_suppressed(reader.address)
    assert BounceReport.objects.count() == 30


def test_five_soft_bounces_over_two_weeks_are_enough(press: Press) -> None:
    reader = press.reader()
    assert [take(reader, BounceKind.SOFT, at) for at in WEEKLY[:4]] == [None] * 4
    assert take(reader, BounceKind.SOFT, WEEKLY[4]) is SuppressionReason.BOUNCE


def test_a_mailbox_full_for_a_holiday_keeps_its_newsletter() -> None:
    daily = [NOON + number * DAY for number in range(14)]
    assert verdict(BounceKind.SOFT, daily, delivered_at=None) is None
    assert verdict(BounceKind.SOFT, [*daily, NOON + 14 * DAY], delivered_at=None) is not None


def test_many_bounces_of_one_day_are_one() -> None:
    times = [NOON + timedelta(minutes=number) for number in range(50)]
    assert verdict(BounceKind.SOFT, [*times, NOON + 20 * DAY], delivered_at=None) is None


def test_a_delivery_wipes_out_what_came_before_it() -> None:
    assert verdict(BounceKind.SOFT, WEEKLY, delivered_at=WEEKLY[0] - DAY) is not None
    assert verdict(BounceKind.SOFT, WEEKLY, delivered_at=WEEKLY[0]) is None
    assert verdict(BounceKind.SOFT, WEEKLY, delivered_at=WEEKLY[4] + DAY) is None


def test_troubles_of_different_seasons_do_not_add_up() -> None:
    yearly = [NOON + number * 60 * DAY for number in range(10)]
    assert verdict(BounceKind.SOFT, yearly, delivered_at=None) is None


def test_the_same_event_twice_is_one_report(press: Press) -> None:
    reader = press.reader()
    for at in [*WEEKLY[:4], WEEKLY[3]]:
        take(reader, BounceKind.SOFT, at, source=f"brevo event {at}")
    assert BounceReport.objects.count() == 4
    assert not is_suppressed(reader.address)


def test_an_erased_readers_reports_go_with_them(press: Press) -> None:
    reader = press.reader()
    take(reader, BounceKind.HARD)
    reader.delete()
    assert not BounceReport.objects.exists()
    assert is_suppressed(reader.address)


@given(
    days=st.lists(st.integers(0, 120), min_size=1, max_size=12),
    delivered=st.none() | st.integers(0, 120),
    data=st.data(),
)
def test_the_verdict_does_not_depend_on_order(
    days: list[int], delivered: int | None, data: st.DataObject
) -> None:
    delivered_at = None if delivered is None else NOON + delivered * DAY
    times = [NOON + day * DAY for day in days]
    shuffled = data.draw(st.permutations(times))
    expected = verdict(BounceKind.SOFT, times, delivered_at=delivered_at)
    assert verdict(BounceKind.SOFT, shuffled + shuffled, delivered_at=delivered_at) is expected


@pytest.mark.parametrize("length", [0, 5000])
def test_long_words_of_a_server_are_cut(press: Press, length: int) -> None:
    reader = press.reader()
    report = Report(
        BounceKind.HARD, NOON, "x" * length or "s", "5" * length, "\n".join("t" * length)
    )
    bouncing.take(reader, report, now=NOON)
    assert len(Suppression.objects.get().note) <= 200
    assert is_suppressed(reader.address)
