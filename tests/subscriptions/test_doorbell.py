"""When a worker is called, and how often."""

import time

import pytest

from subscriptions import doorbell
from subscriptions.tasks import send_letters
from tests.subscriptions.conftest import Bell

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_lone_letter_is_rung_for_at_once(bell: Bell) -> None:
    begun = time.monotonic()
    doorbell.ring_soon(send_letters, 7)
    while not (messages := bell.messages()) and time.monotonic() - begun < 10:
        time.sleep(0.01)
    assert messages == [[7]]


@pytest.mark.parametrize(("letters", "bells"), [(1, 1), (25, 1), (26, 2), (1000, 4), (2000, 8)])
def test_few_bells_ring_for_many_letters(bell: Bell, letters: int, bells: int) -> None:
    ringer = doorbell._Ringer()
    for letter_id in range(letters):
        ringer._waiting.append((send_letters, letter_id))
    assert ringer.flush() == letters
    messages = bell.messages()
    assert len(messages) == bells
    assert sorted(letter_id for ids in messages for letter_id in ids) == list(range(letters))
