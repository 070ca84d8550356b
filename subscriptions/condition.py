"""What is wrong with the house itself, for probes and for staff: asked of the database and of Redis, in a request.

It needs no worker, so it also tells that there is none.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import redis
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from subscriptions import heartbeats, redis_server
from subscriptions.models import Heartbeat

UNSERVED_AFTER = timedelta(minutes=1)
RIGHT_POLICY = "noeviction"
PROBE_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Trouble:
    part: str  # what it concerns: tick, letters, redis, steps, surroundings, or a queue by its name
    text: str  # for anybody who asks
    detail: str = ""  # for staff: may name servers and rows


@dataclass(frozen=True, slots=True)
class Condition:
    troubles: list[Trouble]
    beats: dict[str, Heartbeat]

    def of(self, *parts: str) -> list[Trouble]:
        return [trouble for trouble in self.troubles if trouble.part in parts]


def look(*, now: datetime) -> Condition:
    """Look at the service's condition, with one query and three questions to Redis."""
    beats = Heartbeat.objects.in_bulk()
    troubles = [*redis_troubles(), *_beats(beats, now), *_queues(beats, now), *_steps(beats)]
    return Condition([*troubles, *_looks(beats)], beats)


def redis_troubles() -> Iterator[Trouble]:
    """Asked to write: one that is full, or a replica, still answers."""
    try:
        client = redis_server.client()
        client.set(redis_server.key("probe"), "written", ex=PROBE_SECONDS)
    except redis.RedisError as error:
        text = _("Redis does not accept writes, so workers look for work by themselves.")
        yield Trouble("redis", text, str(error))
        return
    policy = eviction_policy()
    if policy not in ("", RIGHT_POLICY):
        text = _(
            "Redis may discard what it holds: its maxmemory-policy is %(policy)s. Set it to %(right)s."
        )
        yield Trouble("redis", text % {"policy": policy, "right": RIGHT_POLICY})


def eviction_policy() -> str:
    """Empty where Redis is away, or does not say."""
    try:
        told = redis_server.client().info("memory")
    except redis.RedisError:
        return ""
    return str(told.get("maxmemory_policy", ""))


def _beats(beats: dict[str, Heartbeat], now: datetime) -> Iterator[Trouble]:
    patience = timedelta(seconds=2 * settings.TICK_PATIENCE_SECONDS)
    for row, silent, alone in (
        (
            heartbeats.TICK,
            _("Nobody checks for due digests: no worker is running."),
            _(
                "Workers check for due digests by themselves. Check that beat and Redis are running, and a worker "
                "for the queue “default”, all with the same REDIS_URL."
            ),
        ),
        (
            heartbeats.LETTERS,
            _("Nobody sends service emails (confirmations and alerts): no worker is running."),
            _(
                "Workers look for service emails by themselves. Check that beat and Redis are running, and a worker "
                "for the queue “mail”, all with the same REDIS_URL."
            ),
        ),
    ):  # fmt: skip
        beat = beats.get(row)
        if beat is None or beat.at <= now - patience:
            yield Trouble(row, silent)
        elif beat.is_alone:
            yield Trouble(row, alone)


def _queues(beats: dict[str, Heartbeat], now: datetime) -> Iterator[Trouble]:
    for name in settings.QUEUES:
        beat = beats.get(f"{heartbeats.QUEUE}{name}")
        if beat is None:
            yield Trouble(
                name, _("No worker has ever served the queue “%(name)s”.") % {"name": name}
            )
        elif beat.at <= now - UNSERVED_AFTER:
            minutes = max(1, int((now - beat.at).total_seconds() // 60))
            text = ngettext(
                "No worker has served the queue “%(name)s” for %(number)s minute.",
                "No worker has served the queue “%(name)s” for %(number)s minutes.",
                minutes,
            )
            yield Trouble(name, text % {"name": name, "number": minutes})


def _looks(beats: dict[str, Heartbeat]) -> Iterator[Trouble]:
    for row, beat in sorted(beats.items()):
        if row.startswith(heartbeats.LOOK):
            name = row.removeprefix(heartbeats.LOOK)
            text = _("A server around the service is not set up as it should be: %(name)s.")
            yield Trouble("surroundings", text % {"name": name}, beat.error)


def _steps(beats: dict[str, Heartbeat]) -> Iterator[Trouble]:
    for row, beat in sorted(beats.items()):
        if row.startswith(heartbeats.STEP) and beat.failures:
            text = ngettext(
                "A regular task failed the last time: %(step)s.",
                "A regular task failed the last %(number)s times: %(step)s.",
                beat.failures,
            )
            step = row.removeprefix(heartbeats.STEP)
            yield Trouble("steps", text % {"step": step, "number": beat.failures}, beat.error)
