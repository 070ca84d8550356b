"""A provider's readers beyond today's allowance wait, most engaged first in; the ledger accounts for all of them."""

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from functools import partial
from hashlib import sha256

import pytest
from django.db import connection
from pytest_django import DjangoAssertNumQueries

from digests import ledger
from digests.choices import EventKind, EventState, Outcome
from digests.decisions import steering
from digests.delivery import auditing, cancelling, claiming, freezing
from digests.delivery.draining import drain
from digests.delivery.warmup import plans, releasing
from digests.delivery.warmup.giving_back import counted_providers
from digests.delivery.warmup.holding import FEWEST, hold_back
from digests.models import Batch, Digest, Event, MailDomain, Reason, Template, WarmUp, WarmUpDay
from digests.words.allowances import allowance_sentences
from subscriptions.choices import Tracking
from subscriptions.clock import database_now
from subscriptions.models import Newsletter, Subscriber, Subscription
from tests.at_once import at_once
from tests.builders import Press
from tests.fakes import FakeTransport

pytestmark = pytest.mark.django_db


def today() -> date:
    return plans.today(database_now())


def warm_up(provider: str = "Gmail", **fields: object) -> WarmUp:
    values = {"starts_on": today(), "first_day": 100, "growth_percent": 50}
    return WarmUp.objects.create(provider=provider, **(values | fields))


def at_gmail(press: Press, newsletter: Newsletter, number: int) -> list[Subscriber]:
    MailDomain.objects.get_or_create(
        domain="gmail.com", defaults={"provider": "Gmail", "due_at": database_now()}
    )
    readers = press.readers(newsletter, number)
    for reader in readers:
        reader.address = f"g{reader.pk}@gmail.com"
    Subscriber.objects.bulk_update(readers, ["address"])
    return readers


def frozen(press: Press, newsletter: Newsletter, **fields: object) -> Digest:
    return press.frozen(newsletter, due_at=database_now(), **fields)


def sent() -> list[str]:
    transport = FakeTransport()
    drain(transport, seconds=30)
    return transport.taken


def addresses(readers: Sequence[Subscriber]) -> Counter[str]:
    return Counter(reader.address for reader in readers)


def click(digest: Digest, reader: Subscriber) -> None:
    now = database_now()
    Event.objects.create(
        esp="mailgun", dedupe_key=sha256(reader.address.encode()).digest(), body_hash=bytes(32),
        kind=EventKind.CLICKED, state=EventState.APPLIED, occurred_at=now, received_at=now,
        digest=digest, subscriber_id=reader.pk,
    )  # fmt: skip


def test_without_a_plan_a_freeze_asks_one_question_more(
    press: Press, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    newsletter = press.newsletter()
    press.readers(newsletter, 3)
    digest = frozen(press, newsletter)
    now = database_now()
    with connection.cursor() as cursor, django_assert_num_queries(1):
        assert hold_back(cursor, digest, now=now) == 0


def test_readers_beyond_the_allowance_wait_with_a_reason_and_others_get_it(press: Press) -> None:
    warm_up()
    newsletter = press.newsletter()
    gmail = at_gmail(press, newsletter, 250)
    others = press.readers(newsletter, 60)
    digest = frozen(press, newsletter)

    taken = Counter(sent())

    assert digest.audience_size == 310
    assert taken & addresses(others) == addresses(others)
    assert (taken & addresses(gmail)).total() == 100
    assert ledger.counts(digest.pk) == {Outcome.ACCEPTED: 160, Outcome.PENDING: 150}
    assert (
        Reason.objects.filter(
            digest=digest, text__contains="what Gmail is sent today, 100 in all"
        ).count()
        == 150
    )
    assert WarmUpDay.objects.get().used == 100
    assert auditing.audit(digest.pk).is_clean


def test_the_most_engaged_go_first(press: Press) -> None:
    warm_up(first_day=3)
    newsletter = press.newsletter()
    readers = at_gmail(press, newsletter, FEWEST + 10)
    before = frozen(press, press.newsletter("Evening", tracking=Tracking.READER))
    for reader in readers[40:42]:
        click(before, reader)
    Subscriber.objects.filter(pk=readers[40].pk).update(
        tracking=Tracking.READER
    )  # 41 did not agree
    new = Subscription.objects.filter(subscriber__in=[readers[7], readers[50]])
    new.update(confirmed_at=database_now() - timedelta(minutes=1))
    digest = frozen(press, newsletter)
    assert Counter(sent()) == addresses([readers[7], readers[40], readers[50]])
    assert digest.audience_size == len(readers)


def test_a_seed_is_among_the_first_however_seldom_it_clicks(press: Press) -> None:
    warm_up(first_day=60)
    newsletter = press.newsletter()
    seed = at_gmail(press, newsletter, 70)[-1]
    Template.objects.update(seed_addresses=[seed.address])
    frozen(press, newsletter)
    assert sent() == [seed.address]


def test_the_ceiling_is_for_all_newsletters_together(press: Press) -> None:
    warm_up()
    for name in ("Morning", "Evening"):
        newsletter = press.newsletter(name)
        at_gmail(press, newsletter, 80)
        frozen(press, newsletter)
    assert len(sent()) == 100
    assert WarmUpDay.objects.get().used == 100


@pytest.mark.django_db(transaction=True)
def test_two_freezes_at_once_share_one_allowance() -> None:
    press = Press()
    warm_up()
    digests = []
    for name in ("Morning", "Evening"):
        newsletter = press.newsletter(name)
        at_gmail(press, newsletter, 80)
        digests.append(press.approved(newsletter, due_at=database_now()))

    now = database_now()
    frozen = at_once(*(partial(freezing.freeze, digest.pk, now=now) for digest in digests))

    assert frozen == [freezing.Freeze.DONE] * 2
    waiting = sum(len(batch.recipient_ids) for batch in Batch.objects.waiting())
    assert (WarmUpDay.objects.get().used, waiting) == (100, 60)


def test_the_next_day_lets_more_go_and_divides_a_batch(press: Press) -> None:
    warm_up(first_day=100)
    newsletter = press.newsletter()
    gmail = at_gmail(press, newsletter, 350)
    now = database_now()
    digest = frozen(press, newsletter)
    Digest.objects.update(expires_at=now + timedelta(days=5))
    digest.batches.update(expires_at=now + timedelta(days=5))
    digest.batches.waiting().update(due_at=now + timedelta(days=5))
    taken = Counter(sent())
    assert releasing.release(now=now) == 0  # nothing is left of today

    assert releasing.release(now=now + timedelta(days=1, minutes=1)) == 150
    digest.batches.filter(due_at__lt=now + timedelta(days=2)).update(
        due_at=now
    )  # as if it had come
    taken += Counter(sent())

    assert taken.total() == 250
    assert set(taken.values()) == {1}
    assert releasing.release(now=now + timedelta(days=2, minutes=1)) == 100
    digest.batches.filter(due_at__lt=now + timedelta(days=3)).update(due_at=now)
    taken += Counter(sent())
    assert taken == addresses(gmail)
    assert auditing.audit(digest.pk).is_clean


def test_whom_a_day_let_go_counts_once_though_the_way_out_must_rest(press: Press) -> None:
    warm_up(first_day=100)
    newsletter = press.newsletter()
    at_gmail(press, newsletter, 220)
    now = database_now()
    digest = frozen(press, newsletter)
    sent()
    later = now + timedelta(days=1, minutes=1)
    digest.batches.update(expires_at=now + timedelta(days=5))
    digest.batches.waiting().update(due_at=now + timedelta(days=5))
    assert releasing.release(now=later) == 120
    rested = digest.batches.filter(finished_at=None)
    rested.update(due_at=later + timedelta(minutes=5))

    assert releasing.release(now=later) == 0

    assert WarmUpDay.objects.get(day=plans.today(later)).used == 120
    assert set(rested.values_list("due_at", flat=True)) == {later + timedelta(minutes=5)}


def test_one_providers_crowd_does_not_keep_another_waiting(press: Press) -> None:
    plan = warm_up("", first_day=60)
    newsletter = press.newsletter()
    at_gmail(press, newsletter, 90)
    press.readers(newsletter, 70)  # at example.org
    frozen(press, newsletter)
    sent()
    WarmUpDay.objects.filter(provider="example.org").update(ceiling=100)
    assert releasing.release(now=database_now()) == 10
    assert dict(plan.days.values_list("provider", "used")) == {"Gmail": 60, "example.org": 70}


def test_on_the_next_day_nobody_is_woken_before_the_usual_time(press: Press) -> None:
    warm_up()
    newsletter = press.newsletter()
    at_gmail(press, newsletter, 200)
    digest = frozen(press, newsletter)
    opened = digest.batches.first().opens_at  # type: ignore[union-attr] # it has batches
    midnight = (opened + timedelta(days=1)).replace(hour=0, minute=0, second=0)
    digest.batches.update(expires_at=opened + timedelta(days=5))
    digest.batches.waiting().update(due_at=opened + timedelta(days=5))
    if opened > opened.replace(hour=0, minute=1):  # at midnight itself there is nothing to see
        assert releasing.release(now=midnight) == 0
    assert releasing.release(now=opened + timedelta(days=1, seconds=1)) > 0


def test_what_waits_too_long_expires_with_its_digest(press: Press) -> None:
    warm_up()
    newsletter = press.newsletter()
    at_gmail(press, newsletter, 150)
    digest = frozen(press, newsletter)
    sent()
    now = database_now()
    digest.batches.update(expires_at=now, due_at=now)
    assert sent() == []
    assert ledger.counts(digest.pk) == {Outcome.ACCEPTED: 100, Outcome.EXPIRED: 50}


def test_ending_the_plan_lets_everybody_go(press: Press) -> None:
    plan = warm_up()
    newsletter = press.newsletter()
    gmail = at_gmail(press, newsletter, 180)
    frozen(press, newsletter)
    taken = Counter(sent())
    plan.is_active = False
    plan.save()
    assert releasing.release(now=database_now()) == 80
    assert taken + Counter(sent()) == addresses(gmail)


def test_a_plan_raised_at_noon_holds_at_once(press: Press) -> None:
    plan = warm_up()
    newsletter = press.newsletter()
    at_gmail(press, newsletter, 180)
    frozen(press, newsletter)
    plan.first_day = 150
    plan.save()
    plans.change(plan, now=database_now())
    assert releasing.release(now=database_now()) == 50


def ceiling_tomorrow(plan: WarmUp, *, used: int, deferred: int, press: Press) -> int:
    newsletter = press.newsletter()
    readers = at_gmail(press, newsletter, max(deferred, 1))
    digest = frozen(press, newsletter)
    now = database_now()
    WarmUpDay.objects.update_or_create(
        provider="Gmail", day=today(), defaults={"plan": plan, "ceiling": 100, "used": used}
    )
    Reason.objects.bulk_create(
        Reason(digest=digest, subscriber_id=it.pk, outcome=Outcome.DEFERRED, at=now)
        for it in readers[:deferred]
    )
    return plans.days(["Gmail"], now=now + timedelta(days=1))["Gmail"].ceiling


def test_it_grows_by_its_share_each_day_that_was_used(press: Press) -> None:
    assert ceiling_tomorrow(warm_up(), used=90, deferred=4, press=press) == 150


def test_it_stops_growing_when_the_provider_puts_many_off(press: Press) -> None:
    assert ceiling_tomorrow(warm_up(), used=90, deferred=10, press=press) == 100


def test_a_day_without_mail_grows_nothing(press: Press) -> None:
    assert ceiling_tomorrow(warm_up(), used=0, deferred=0, press=press) == 100


def test_a_plan_for_each_provider_counts_them_apart_and_leaves_small_ones_alone(
    press: Press,
) -> None:
    warm_up("", first_day=60)
    newsletter = press.newsletter()
    at_gmail(press, newsletter, 70)
    press.readers(newsletter, 65)  # at example.org
    for number in range(FEWEST - 1):
        press.reader(newsletter, address=f"r{number}@small.example")
    frozen(press, newsletter)
    assert len(sent()) == 60 + 60 + FEWEST - 1


def test_a_plan_to_come_holds_nobody_back(press: Press) -> None:
    warm_up(starts_on=today() + timedelta(days=1))
    newsletter = press.newsletter()
    at_gmail(press, newsletter, 150)
    frozen(press, newsletter)
    assert len(sent()) == 150


def test_an_editor_is_told_before_and_while_they_wait(press: Press) -> None:
    warm_up()
    newsletter = press.newsletter()
    at_gmail(press, newsletter, 180)
    now = database_now()
    draft = press.approved(newsletter, due_at=now)
    [before] = allowance_sentences(draft, now=now)
    assert before.startswith("Warm-up: of its 180 readers at Gmail, 80 readers are over that day’s")
    digest = frozen(press, newsletter, slot="evening")
    assert allowance_sentences(digest, now=now) == [
        "Warm-up: 80 readers at Gmail wait for the next day’s allowance."
    ]
    [after] = allowance_sentences(draft, now=now)
    assert "(100 used)" in after


def test_a_cancelled_digest_gives_back_what_it_did_not_use(press: Press) -> None:
    warm_up(first_day=400)
    newsletter = press.newsletter()
    at_gmail(press, newsletter, 120)
    press.readers(newsletter, 60)  # of no plan
    few = press.newsletter("Evening")
    at_gmail(press, few, FEWEST - 1)
    digest, uncounted = frozen(press, newsletter), frozen(press, few)
    assert WarmUpDay.objects.get().used == 120
    now = database_now()
    held = claiming.claim()
    assert held is not None
    assert held.digest_id in {digest.pk, uncounted.pk}
    steering.cancel(uncounted, "", now=now)
    steering.cancel(digest, "", now=now)
    Batch.objects.update(lease_until=None)
    for one in (digest, uncounted):
        cancelling.close_batches(one.pk, now=now)
        cancelling.close_batches(one.pk, now=now)  # a second tick
    assert WarmUpDay.objects.get().used == 0
    assert ledger.counts(digest.pk) == {Outcome.CANCELLED: 180}


def test_who_got_it_before_it_was_cancelled_stays_counted(press: Press) -> None:
    warm_up(first_day=200)
    newsletter = press.newsletter()
    at_gmail(press, newsletter, 250)
    digest = frozen(press, newsletter)
    assert WarmUpDay.objects.get().used == 200
    once = FakeTransport()
    drain(once, seconds=30, should_end=lambda: len(once.taken) > 0)
    assert 0 < len(once.taken) < 200
    steering.cancel(digest, "", now=database_now())
    assert WarmUpDay.objects.get().used == len(once.taken)
    # On the day after nothing is given back: of that day nothing was taken.
    other = frozen(press, press.newsletter("Evening"))
    assert giving_back_on(other, database_now() + timedelta(days=1)) == []


def giving_back_on(digest: Digest, moment: datetime) -> list[str]:
    with connection.cursor() as cursor:
        return counted_providers(cursor, digest.pk, now=moment)
