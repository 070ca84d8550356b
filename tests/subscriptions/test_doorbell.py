"""When a worker is called, and how often."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from newsroom.beating import BellRinger
from newsroom.celery import app
from subscriptions import doorbell
from subscriptions.tasks import send_letter, send_letters
from tests.newsroom.unheard import broker_at, no_broker
from tests.own_redis import OwnRedis
from tests.subscriptions.conftest import Bell

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_lone_letter_is_rung_for_at_once(bell: Bell) -> None:
    begun = time.monotonic()
    doorbell.ring_soon(send_letters, 7)
    while not (messages := bell.messages()) and time.monotonic() - begun < 10:
        time.sleep(0.01)
    assert messages == [[7]]


@pytest.mark.parametrize(("letters", "bells"), [(1, 1), (50, 1), (51, 2), (1000, 20)])
def test_few_bells_ring_for_many_letters(bell: Bell, letters: int, bells: int) -> None:
    ringer = doorbell._Ringer()
    for letter_id in range(letters):
        ringer._waiting.append((send_letters, letter_id))
    ringer.flush()
    messages = bell.messages()
    assert len(messages) == bells
    assert sorted(letter_id for ids in messages for letter_id in ids) == list(range(letters))


def test_what_rings_again_and_again_does_not_fill_a_queue_that_nobody_serves(
    tmp_path: Path,
) -> None:
    queue = doorbell._prefix() + "mail"
    with OwnRedis(tmp_path) as server, broker_at(server.url):
        for _tick in range(3):
            doorbell.ring_for(send_letter, ((number,) for number in range(600)))
        assert server.client.llen(queue) == 1200  # looked at before each round
        server.client.ltrim(queue, 0, 10)
        doorbell.ring_for(send_letter, [(7,)])
        assert server.client.llen(queue) == 12


def test_a_broker_that_is_away_is_not_tried_for_each_bell() -> None:
    with no_broker():
        begun = time.monotonic()
        assert not doorbell._publish(send_letters, [1])
        tried = time.monotonic() - begun
        begun = time.monotonic()
        for letter_id in range(1000):
            doorbell._publish(send_letters, [letter_id])
        assert time.monotonic() - begun < max(0.2, tried)
        doorbell.ring_for(send_letter, [(1,)])


@pytest.mark.parametrize("trouble", [OwnRedis.fill, OwnRedis.follow_nobody, OwnRedis.kill])
def test_a_broker_that_answers_with_an_error_is_one_that_is_away(
    tmp_path: Path, trouble: Callable[[OwnRedis], None]
) -> None:
    with OwnRedis(tmp_path) as server, broker_at(server.url):
        assert doorbell._publish(send_letters, [1])
        trouble(server)
        assert not doorbell._publish(send_letters, [1])
        doorbell.ring(send_letters, 1)


def test_beat_rings_no_bell_that_nobody_answers(tmp_path: Path) -> None:
    ringer = BellRinger(app)
    entry = ringer.schedule["letters"]
    with no_broker():
        ringer.apply_entry(entry)  # raises nothing
    queue = doorbell._prefix() + "mail"
    with OwnRedis(tmp_path) as server, broker_at(server.url):
        ringer.apply_entry(entry)
        assert server.client.llen(queue) == 1
        server.client.rpush(queue, *[b"{}"] * doorbell.MOST_UNANSWERED)
        ringer.apply_entry(entry)
        assert server.client.llen(queue) == 1 + doorbell.MOST_UNANSWERED
