"""Which way out a worker takes now: the main one, or the fallback while the main one is down."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager

from digests.delivery.pace.pacing import TransportPace
from digests.delivery.pace.processes import live_processes
from digests.delivery.pace.seats import Seat, connection_of_process, seat
from subscriptions.clock import database_now
from subscriptions.mailing import transports
from subscriptions.mailing.mail import MailRoute

MAIN, LETTERS, FALLBACK = "digests", "letters", "fallback"


def connections(routes: Mapping[str, MailRoute], name: str = MAIN) -> int:
    """Return how many connections each process may open for digests.

    One stays reserved for single emails where they leave by the same sending route.
    """
    route = routes[name]
    is_shared = name == MAIN and routes[LETTERS].name == route.name
    return max(1, route.connections - 1) if is_shared else route.connections


def most_connections(routes: Mapping[str, MailRoute]) -> int:
    """That may be open at once, whichever way is in use."""
    return max(connections(routes, name) for name in (MAIN, FALLBACK) if name in routes)


@contextmanager
def way_out(routes: Mapping[str, MailRoute]) -> Iterator[TransportPace | None]:
    """A connection's place on the way that may be used now, kept while the block runs. None: nothing may be sent.

    Where the main way only rests, so do we; the fallback is for one that is down. Once its rest is over, one worker
    tries the main way with one reader.
    """
    live_processes()
    with ExitStack() as held:
        pace = _place(routes, MAIN, held)
        main = routes[MAIN].name
        if pace is None and FALLBACK in routes and _is_down(main):
            pace = _place(routes, FALLBACK, held, main=main)
        yield pace


def _place(
    routes: Mapping[str, MailRoute], name: str, held: ExitStack, *, main: str = ""
) -> TransportPace | None:
    route = routes[name]
    standing = transports.standing_of(route.name, now=database_now())
    if standing.rests:
        return None
    with ExitStack() as taken:
        if not taken.enter_context(connection_of_process(route.name, connections(routes, name))):
            return None
        ours: Seat | None = None
        if standing.connections is not None:
            ours = taken.enter_context(seat(route.name, standing.connections))
            if ours is None:
                return None
        held.push(taken.pop_all())
    return TransportPace(route, standing, main=main, seat=ours)


def _is_down(name: str) -> bool:
    return transports.standing_of(name, now=database_now()).is_down
