"""A need: what a server must be like, and what is said where it is not."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

Answers = TypeVar("Answers")


@dataclass(frozen=True, slots=True)
class Need(Generic[Answers]):
    name: str  # short: staff and the rows of heartbeats know it by this
    server: str  # PostgreSQL, Pooler, Redis, Proxy, Mail server
    must: str  # a sentence of the table in docs/installation.md
    # What is wrong, in one line that says what to write instead; empty where all is well, or nothing is known.
    fault: Callable[[Answers], str]
    stops: bool = False  # nobody can work like this, so nothing starts


@dataclass(frozen=True, slots=True)
class Finding:
    name: str
    server: str
    text: str
    stops: bool


def unmet(needs: Iterable[Need[Answers]], answers: Answers) -> Iterator[Finding]:
    for need in needs:
        if text := need.fault(answers):
            yield Finding(need.name, need.server, one_line(text), need.stops)


def one_line(text: str) -> str:
    return " ".join(text.split())
