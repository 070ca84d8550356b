"""What addresses answer: seldom asked, one at a time, and only what the guard lets through."""

from datetime import datetime, timedelta

import pytest

from digests.models import LinkCheck
from digests.preflight import visits
from tests.builders import NOON
from tests.fakes import Answer, FeedServer, Request

LATER = NOON + timedelta(hours=2)


def clock() -> datetime:
    return NOON


def asked(url: str) -> LinkCheck:
    visits.want([url], "", until=LATER, now=NOON)
    return LinkCheck.objects.get(url=url)


def visit(server: FeedServer, *, now: datetime = NOON, seconds: float = 20) -> int:
    return visits.visit_due(clock=lambda: now, allow=frozenset({server.place}), seconds=seconds)


@pytest.mark.parametrize(
    ("answer", "status", "again"),
    [
        (Answer(body=b"<h1>There</h1>"), 200, visits.AGAIN),
        (Answer(body=b"x" * 200_000), 200, visits.AGAIN),  # no more is read than is needed
        (Answer(status=404), 404, visits.AGAIN_GONE),
        (Answer(status=500), 500, visits.AGAIN_FAILED),
    ],
)
def test_what_an_address_answers_is_kept_and_asked_again_in_time(
    db: None, answer: Answer, status: int, again: timedelta
) -> None:
    with FeedServer({"/story": answer}) as server:
        asked(server.url("/story"))
        assert visit(server) == 1
        assert visit(server) == 0
    check = LinkCheck.objects.get()
    assert (check.status, check.checked_at, check.due_at) == (status, NOON, NOON + again)
    assert bool(check.error) is (status >= 400)


def test_a_page_that_is_gone_is_counted_until_it_is_back(db: None) -> None:
    answers = iter([Answer(status=404), Answer(status=410), Answer(body=b"back")])
    times = []
    with FeedServer({"/story": lambda _request: next(answers)}) as server:
        asked(server.url("/story"))
        for minutes in (0, 5, 10):
            visit(server, now=NOON + timedelta(minutes=minutes))
            check = LinkCheck.objects.get()
            times.append((check.gone_times, check.gone_since))
    assert times == [(1, NOON), (2, NOON), (0, None)]


def test_a_private_address_is_not_visited_and_said_so(db: None) -> None:
    def never(_request: Request) -> Answer:
        raise AssertionError("visited")

    with FeedServer({"/story": never}) as server:
        asked(f"http://127.0.0.1:{server.port}/story")
        visits.visit_due(clock=clock, allow=frozenset(), seconds=20)
    check = LinkCheck.objects.get()
    assert (check.status, check.checked_at) == (None, NOON)
    assert "only 80 and 443" in check.error


def test_visiting_ends_when_its_time_is_up(db: None) -> None:
    with FeedServer({"/a": Answer(), "/b": Answer()}) as server:
        visits.want([server.url("/a"), server.url("/b")], "", until=LATER, now=NOON)
        assert visit(server, seconds=0) == 0
        assert visit(server) == 2


def test_what_is_wanted_again_is_one_row_and_lives_longer(db: None) -> None:
    url = "https://paper.example.org/story"
    visits.want([url, url], "", until=NOON, now=NOON)
    visits.want([url], "", until=LATER, now=NOON)
    assert LinkCheck.objects.get().wanted_until == LATER
    assert visits.due_ids(now=LATER) == []  # no digest needs it any more
    assert visits.forget(now=LATER + timedelta(days=1)) == 0
    assert visits.forget(now=LATER + timedelta(days=3)) == 1


def test_an_address_that_is_longer_than_can_be_kept_is_left_alone(db: None) -> None:
    visits.want(["https://paper.example.org/" + "x" * 2_000], "", until=LATER, now=NOON)
    assert not LinkCheck.objects.exists()
