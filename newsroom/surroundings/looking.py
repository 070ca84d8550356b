"""Looking at the surroundings, and keeping what was found where staff see it."""

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any

from newsroom.surroundings import database, redis, relay, site
from newsroom.surroundings.needs import Finding, Need, unmet
from subscriptions import heartbeats

_FIRST: tuple[Need[Any], ...] = (*database.NEEDS, *redis.NEEDS)
# In the order of the table in docs/installation.md.
ALL: tuple[Need[Any], ...] = (*_FIRST, *site.NEEDS, *relay.NEEDS)
AT_START = tuple(need.name for need in _FIRST)
OF_SITE = tuple(need.name for need in site.NEEDS)


def at_start() -> list[Finding]:
    """What a process needs to do anything: half a second at most."""
    return [*of_database(), *unmet(redis.NEEDS, redis.ask())]


def of_database() -> Iterator[Finding]:
    return unmet(database.NEEDS, database.ask())


def of_site() -> list[Finding]:
    return list(unmet(site.NEEDS, site.ask()))


def everywhere(*, with_site: bool = True) -> list[Finding]:
    mail = unmet(relay.NEEDS, relay.ask())
    return list(chain(at_start(), of_site() if with_site else (), mail))


def keep(findings: Iterable[Finding], looked_at: Iterable[str]) -> None:
    """In rows, for the desk and /readyz; what is well by now is forgotten."""
    heartbeats.found({finding.name: finding.text for finding in findings}, looked_at)
