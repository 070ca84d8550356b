"""Outcomes only rise: whatever the order, whatever comes twice."""

from functools import reduce
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digests.choices import EventKind, Outcome
from digests.delivery.event_outcomes import ASKS_FOR, RANK, raised

kinds = st.sampled_from(list(EventKind))


@given(start=st.sampled_from(list(Outcome)), told=st.lists(kinds, max_size=8), data=st.data())
def test_order_and_repetition_change_nothing(
    start: Outcome, told: list[EventKind], data: st.DataObject
) -> None:
    expected = reduce(raised, told, start)
    shuffled = data.draw(st.permutations([*told, *data.draw(st.permutations(told))]))
    assert reduce(raised, shuffled, start) is expected


@given(start=st.sampled_from(sorted(RANK)), kind=kinds)
def test_nothing_ever_sinks(start: Outcome, kind: EventKind) -> None:
    assert RANK[raised(start, kind)] >= RANK[start]


def test_every_order_of_every_three_kinds_ends_the_same() -> None:
    for start in RANK:
        for told in permutations(EventKind, 3):
            outcome = reduce(raised, told, start)
            assert outcome is reduce(raised, sorted(told), start)


def test_a_late_delivery_never_undoes_a_bounce() -> None:
    assert raised(Outcome.FAILED, EventKind.DELIVERED) is Outcome.FAILED
    assert raised(Outcome.ACCEPTED, EventKind.BOUNCED) is Outcome.FAILED


def test_a_delivery_settles_a_reader_in_doubt() -> None:
    assert raised(Outcome.UNCERTAIN, EventKind.DELIVERED) is Outcome.ACCEPTED


@pytest.mark.parametrize("outcome", sorted(set(Outcome) - set(RANK)))
def test_what_others_decided_is_not_touched(outcome: Outcome) -> None:
    assert {raised(outcome, kind) for kind in EventKind} == {outcome}


def test_what_says_nothing_of_a_delivery_asks_for_nothing() -> None:
    assert set(EventKind) - set(ASKS_FOR) == {
        EventKind.UNSUBSCRIBED, EventKind.SUBSCRIBED, EventKind.UNKNOWN, EventKind.UNREADABLE,
    }  # fmt: skip
