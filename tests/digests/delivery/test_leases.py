"""A slow mail server costs no reader a second copy."""

import time

import pytest
from django.db import connection

from digests.delivery import claiming, leases
from digests.delivery.draining import drain
from digests.delivery.leases import Heartbeat
from digests.models import Batch
from tests.builders import Press
from tests.fakes import FakeTransport


def held_batch(press: Press) -> claiming.Claim:
    newsletter = press.newsletter()
    press.readers(newsletter, 3)
    press.frozen(newsletter)
    held = claiming.claim()
    assert held is not None
    return held


def let_lease_end_in(seconds: float) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE digests_batch SET lease_until = clock_timestamp() + make_interval(secs => %s)",
            [seconds],
        )


def test_a_lease_is_renewed_while_it_is_ours(press: Press) -> None:
    held = held_batch(press)
    let_lease_end_in(5)
    before = Batch.objects.get().lease_until
    assert leases.renew(held)
    after = Batch.objects.get().lease_until
    assert before is not None
    assert after is not None
    assert after > before


def test_a_lease_that_ran_out_is_not_taken_back(press: Press) -> None:
    held = held_batch(press)
    let_lease_end_in(-1)
    assert not leases.renew(held)


@pytest.mark.django_db(transaction=True)
def test_the_lease_outlives_a_slow_slice_and_no_rest(press: Press) -> None:
    held = held_batch(press)
    let_lease_end_in(0.5)
    with Heartbeat(every_seconds=0.05) as heartbeat:
        heartbeat.beat_for(held)
        time.sleep(0.8)
        heartbeat.rest()
        assert claiming.claim() is None
        let_lease_end_in(0.1)
        time.sleep(0.3)
        assert claiming.claim() is not None


def test_a_heartbeat_ends_with_its_drain(press: Press) -> None:
    newsletter = press.newsletter()
    press.readers(newsletter, 3)
    press.frozen(newsletter)
    transport = FakeTransport()
    assert drain(transport, seconds=30).attempts == 3
    assert len(transport.taken) == 3
