"""What a delivery worker asks between slices: may I go on, how many readers now; and what it tells of each slice."""

import logging
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TypeVar

from django.db import DatabaseError, InterfaceError
from typing_extensions import override

from digests.choices import Outcome
from digests.delivery import fast_path
from digests.delivery.pace import breaker
from digests.delivery.pace.local_bucket import local_bucket
from digests.delivery.pace.processes import live_processes
from digests.delivery.pace.seats import Seat
from digests.delivery.pace.slice_sizes import slice_size
from digests.delivery.transports.base import Answer, Result
from digests.models.ledger import SLICE_SIZE
from subscriptions.clock import database_now
from subscriptions.mailing import call_bucket, token_bucket, transports
from subscriptions.mailing.call_bucket import RateWords
from subscriptions.mailing.mail import MailRoute
from subscriptions.mailing.services import service_named
from subscriptions.mailing.token_bucket import Grant, RedisAway
from subscriptions.mailing.transports import Standing

T = TypeVar("T")
LOOK_SECONDS = 1.0
LONGEST_NAP_SECONDS = 0.5
# A look at the digest's numbers comes once a second, and at once after so many refusals on this connection.
REFUSALS_A_LOOK = breaker.FEWEST_READERS * breaker.MOST_REFUSED
# So many answers in a row, and more than half of them “later”: the server is overrun.
STORM_ANSWERS = 50
STORM_REST_SECONDS = 60
# So many calls in a row that came too early, or a wait so long: the way rests, and staff hear of it in time.
MOST_REFUSALS = 8
LONG_WAIT_SECONDS = 120
STORM = "More than half of the last {count} mails were put off: {said}"

logger = logging.getLogger(__name__)


class Pace:
    """A pace without limits: as fast as it goes, nothing noted."""

    def may_go_on(self) -> bool:
        return True

    def take(self, may_wait: Callable[[], bool] | None = None) -> int:
        """Readers of the next slice; 0: none now. `may_wait`: wait for them as long as it says so."""
        return SLICE_SIZE

    def give_back(self, readers: int) -> None:
        """Give back that number of the readers taken before: they were not needed."""

    def note(self, digest_id: int, result: Result) -> Result:
        """What a slice brought; returns it, with a trouble added where the answers show one."""
        return result


@dataclass(slots=True)
class _Answers:
    """The numbers of answers on this connection since it last looked."""

    accepted: int = 0
    refused: int = 0
    recent: int = 0
    deferred: int = 0


class TransportPace(Pace):
    """The pace of one connection by one sending route."""

    def __init__(
        self, route: MailRoute, standing: Standing, *, main: str = "", seat: Seat | None = None
    ) -> None:
        """`main`: the way that this one stands in for, if it does; `seat`: its own, while they are counted."""
        self.route = route
        self._main = main
        self._seat = seat
        # After trouble one reader goes first: who is in doubt then is one, not fifty.
        self._is_probe = standing.has_failed
        self._goes_on = True
        self._looked_at = time.monotonic()
        self._answers = _Answers()
        self._digests: set[int] = set()
        self._service = service_named(route.service)
        self._told: RateWords | None = None
        self._refusals = 0  # of the service, in a row, before this connection's last call

    @override
    def may_go_on(self) -> bool:
        is_due = time.monotonic() - self._looked_at >= LOOK_SECONDS
        if is_due or self._answers.refused >= REFUSALS_A_LOOK:
            self._goes_on = _outlasting(self._look, self._goes_on)
        return self._goes_on

    @override
    def take(self, may_wait: Callable[[], bool] | None = None) -> int:
        most = 1 if self._is_probe else self._slice_size
        if not self.route.rate and self._service is None:
            return most
        while True:
            grant = self._grant(most)
            if grant.number or may_wait is None or not may_wait():
                return grant.number
            time.sleep(min(grant.wait_seconds, LONGEST_NAP_SECONDS))

    @property
    def _slice_size(self) -> int:
        return SLICE_SIZE if self._service is None else slice_size(self._service)

    def _grant(self, most: int) -> Grant:
        """Readers for whom there are calls enough, and whom the rate of the way allows."""
        if self._service is None:
            return self._ask(most)
        a_call = self._service.limits.readers
        calls = self._ask_calls(-(-most // a_call))
        if not calls.number:
            return calls
        most = min(most, calls.number * a_call)
        if not self.route.rate:
            return Grant(most)
        grant = self._ask(most)
        self._give_back_calls(calls.number - -(-grant.number // a_call))
        return grant

    def _ask_calls(self, most: int) -> Grant:
        try:
            grant = call_bucket.take(self.route, most)
        except RedisAway:
            share = 1 / _outlasting(live_processes, 1)
            return call_bucket.local_calls(self.route.name).take(self.route, most, share=share)
        self._refusals = grant.refusals
        return grant

    def _give_back_calls(self, calls: int) -> None:
        with suppress(RedisAway):
            call_bucket.give_back(self.route, calls)

    @override
    def give_back(self, readers: int) -> None:
        if readers <= 0:
            return
        if self._service is not None:
            self._give_back_calls(readers // self._service.limits.readers)
        if not self.route.rate:
            return
        try:
            token_bucket.give_back(self.route, readers)
        except RedisAway:
            local_bucket(self.route.name).give_back(readers)

    @override
    def note(self, digest_id: int, result: Result) -> Result:
        if fast_path.all_accepted(result.answers):
            self._answers.accepted += len(result.answers)
            self._answers.recent += len(result.answers)
            accepted, deferred = len(result.answers), list[Answer]()
        else:
            accepted, deferred = self._count(digest_id, result)
        if self._service is not None:
            result = self._note_calls(result)
        if accepted and self._is_probe and not result.trouble:
            self._is_probe = False
            _outlasting(self._succeed, None)
        return result if result.trouble else self._storm(result, deferred)

    def _note_calls(self, result: Result) -> Result:
        """A call that came too early costs its own wait; many in a row are a trouble that staff should know of."""
        if result.busy:
            refusals = self._note_refused(result.rest_seconds)
            if refusals < MOST_REFUSALS and result.rest_seconds < LONG_WAIT_SECONDS:
                return result
            return replace(result, trouble=result.busy, busy="")
        if not result.trouble:
            self._note_taken(result.rate_words)
        return result

    def _note_taken(self, words: RateWords | None) -> None:
        """Redis is told what it does not know: of the service's limits, and that refusals are over."""
        is_news = words is not None and (words.left == 0 or words != self._told)
        if not (is_news or self._refusals):
            return
        with suppress(RedisAway):
            call_bucket.note_told(self.route, words)
        self._told, self._refusals = words, 0

    def _note_refused(self, seconds: float) -> int:
        call_bucket.local_calls(self.route.name).note_refused(seconds)
        try:
            return call_bucket.note_refused(self.route, seconds)
        except RedisAway:
            return 0

    def _count(self, digest_id: int, result: Result) -> tuple[int, list[Answer]]:
        deferred = [answer for answer in result.answers if answer.outcome == Outcome.DEFERRED]
        accepted = sum(answer.outcome == Outcome.ACCEPTED for answer in result.answers)
        refused = sum(answer.outcome == Outcome.FAILED for answer in result.answers)
        answers = self._answers
        answers.accepted += accepted
        answers.refused += refused
        answers.recent += accepted + refused + len(deferred)
        answers.deferred += len(deferred)
        if refused:
            self._digests.add(digest_id)
        return accepted, deferred

    def _storm(self, result: Result, deferred: list[Answer]) -> Result:
        answers = self._answers
        count, share = answers.recent, answers.deferred
        if count < STORM_ANSWERS:
            return result
        answers.recent = answers.deferred = 0
        if share * 2 <= count or not deferred:
            return result
        said = f"{deferred[-1].code} {deferred[-1].text}".strip()
        storm = STORM.format(count=count, said=said)
        return replace(result, trouble=storm, rest_seconds=STORM_REST_SECONDS)

    def _ask(self, most: int) -> Grant:
        try:
            return token_bucket.take(self.route, most)
        except RedisAway:
            share = self.route.rate / _outlasting(live_processes, 1)
            return local_bucket(self.route.name).take(share, most)

    def _succeed(self) -> None:
        transports.note_success(self.route.name, now=database_now())

    def _look(self) -> bool:
        self._looked_at = time.monotonic()
        if self._seat is not None and not self._seat.renew():
            return False
        now = database_now()
        processes = live_processes()
        if self._answers.refused:
            for digest_id in self._digests:
                breaker.look(digest_id, now=now)
            self._digests.clear()
            self._answers.refused = 0
        standing = transports.standing_of(self.route.name, now=now)
        if standing.may_grow and self._answers.accepted:
            transports.grow(self.route.name, most=self.route.connections * processes, now=now)
        self._answers.accepted = 0
        if self._main and not transports.standing_of(self._main, now=now).is_down:
            return False  # the main way is up again
        return not standing.rests


def _outlasting(work: Callable[[], T], otherwise: T) -> T:
    """What a server has answered is not noted yet: a database that is away for a moment must not lose it."""
    try:
        return work()
    except (DatabaseError, InterfaceError) as error:
        logger.warning("The pace could not be looked at: %s", error)
        return otherwise
