"""How many readers newsletters have: counted by a step, and kept."""

from datetime import timedelta

import pytest
from django.db import connection
from django.db.models import F
from pytest_django import DjangoAssertNumQueries

from digests.ticking import ERRAND_STEPS, do, run
from subscriptions import audience
from subscriptions.choices import SubscriptionState, SuppressionReason
from subscriptions.clock import database_now
from subscriptions.mailing.suppression import suppress
from subscriptions.models import Newsletter, ReaderCount, Subscriber, Subscription
from tests.at_once import at_once
from tests.builders import Press


def numbers(newsletter: Newsletter) -> tuple[int, int]:
    found = ReaderCount.objects.get(newsletter=newsletter)
    return found.readers, found.with_zone


def test_those_are_counted_whom_a_digest_would_go_to(press: Press) -> None:
    daily, weekly, empty = (press.newsletter(name) for name in ("Daily", "Weekly", "Empty"))
    now = database_now()
    press.reader(daily, zone="Europe/Paris")
    press.reader(daily, paused_until=now - timedelta(minutes=1))
    press.reader(daily, paused_until=now + timedelta(days=1))
    suppress(press.reader(daily).address, SuppressionReason.BOUNCE, now=now)
    left = press.subscribe(press.reader(weekly), daily)
    Subscription.objects.filter(pk=left.pk).update(state=SubscriptionState.LEFT, left_at=now)
    audience.recount()
    assert [numbers(one) for one in (daily, weekly, empty)] == [(2, 1), (1, 0), (0, 0)]
    assert audience.sizes([daily.pk, weekly.pk]) == {daily.pk: 2, weekly.pk: 1}

    Subscriber.objects.update(zone="Asia/Tokyo", paused_until=None)
    audience.recount()
    assert numbers(daily) == (3, 3)


def test_a_step_of_the_tick_counts_every_five_minutes(press: Press) -> None:
    press.reader(press.newsletter())
    steps = [step for step in ERRAND_STEPS if step.name == "counting readers"]
    for _tick in range(2):
        run(steps, do)
        assert ReaderCount.objects.get().readers == 1
        press.reader(Newsletter.objects.get())
    assert steps[0].every_seconds == 300


def test_an_older_count_does_not_replace_a_newer_one(press: Press) -> None:
    newsletter = press.newsletter()
    audience.recount()
    ReaderCount.objects.update(readers=7, counted_at=F("counted_at") + timedelta(minutes=1))
    audience.recount()
    assert numbers(newsletter) == (7, 0)


def test_counting_waits_for_nobody(transactional_db: None) -> None:
    """A newsletter that is being deleted is passed over; several who count at once agree."""
    press = Press()
    kept, locked = press.newsletter("Kept"), press.newsletter("Locked")
    with connection.cursor() as cursor:
        cursor.execute("BEGIN")
        cursor.execute("SELECT FROM subscriptions_newsletter WHERE id = %s FOR UPDATE", [locked.pk])
        assert at_once(*[audience.recount] * 3) == [None] * 3
        cursor.execute("ROLLBACK")
    assert list(ReaderCount.objects.values_list("newsletter", flat=True)) == [kept.pk]


def test_few_readers_are_counted_anew_and_many_as_they_were_last(press: Press) -> None:
    small, large, new = (press.newsletter(name) for name in ("Small", "Large", "New"))
    audience.recount()
    for newsletter in (small, large, new):
        press.reader(newsletter, zone="Asia/Tokyo")
    ReaderCount.objects.filter(newsletter=large).update(readers=1_000_000, with_zone=400_000)
    ReaderCount.objects.filter(newsletter=new).delete()
    assert audience.about([small.pk, large.pk, new.pk]) == {
        small.pk: 1,
        large.pk: 1_000_000,
        new.pk: 1,
    }
    assert audience.about_with_zone(large.pk) == (400_000, 1_000_000)
    assert audience.about_with_zone(small.pk) == (1, 1)


@pytest.mark.parametrize("number", [1, 5])
def test_two_queries_however_many(
    press: Press, django_assert_num_queries: DjangoAssertNumQueries, number: int
) -> None:
    ids = [press.newsletter(f"Number {place}").pk for place in range(number)]
    with django_assert_num_queries(2):
        audience.about(ids)
