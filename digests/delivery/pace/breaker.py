"""Stops a digest that too many servers refuse or too many readers complain about, before it costs our good name.

Amazon reviews an account at 5 % bounces and 0.1 % complaints, and others are much the same. Few readers prove little.
"""

from dataclasses import asdict, dataclass
from datetime import datetime

from django.db import connection, transaction

from digests.choices import AlertKind, Outcome, StateReason
from digests.delivery import quarantine
from digests.models import BreakerMark, Digest
from digests.notices import alerts
from digests.state_reasons import Reason

FEWEST_READERS = 500
MOST_REFUSED = 0.05
MOST_COMPLAINTS = 0.001

# Reasons and suppressing events are few, and found by index; batches are 2,000 rows for a million readers.
NUMBERS = f"""
SELECT (SELECT coalesce(sum(next), 0) FROM digests_batch WHERE digest_id = %(digest)s AND kind = 'first'),
       (SELECT count(DISTINCT subscriber_id) FROM digests_reason
         WHERE digest_id = %(digest)s AND outcome = {int(Outcome.FAILED)}),
       (SELECT count(*) FROM digests_event
         WHERE digest_id = %(digest)s AND kind = 'complained' AND has_suppressed)
"""  # noqa: S608 - a constant of ours, so that the index reason_failed fits


@dataclass(frozen=True, slots=True)
class Numbers:
    tried: int = 0  # readers whose turn has come
    refused: int = 0  # for good, by their server at once or by a bounce later
    complained: int = 0

    def since(self, before: "Numbers") -> "Numbers":
        return Numbers(
            self.tried - before.tried,
            self.refused - before.refused,
            self.complained - before.complained,
        )

    @property
    def is_too_many(self) -> bool:
        return self.tried >= FEWEST_READERS and (
            self.refused > self.tried * MOST_REFUSED
            or self.complained > self.tried * MOST_COMPLAINTS
        )


def look(digest_id: int, *, now: datetime) -> bool:
    """Pause the digest, and alert, where the numbers since staff last let it pass are too high. True: they are."""
    numbers = numbers_of(digest_id)
    since = numbers.since(_mark(digest_id))
    if not since.is_too_many:
        return False
    why = Reason.of(StateReason.REFUSALS, **asdict(since))
    with transaction.atomic():
        quarantine.pause(digest_id, why, now=now)
        _set_mark(digest_id, numbers)
        digest = Digest.objects.select_related("newsletter").get(pk=digest_id)
        alerts.raise_alert(
            digest, AlertKind.SENDING, str(why), now=now
        )  # once; also of one that is sent
    return True


def let_pass(digest_id: int) -> None:
    """Staff have seen the numbers and go on: only what comes after them counts."""
    _set_mark(digest_id, numbers_of(digest_id))


def numbers_of(digest_id: int) -> Numbers:
    with connection.cursor() as cursor:
        cursor.execute(NUMBERS, {"digest": digest_id})
        return Numbers(*map(int, cursor.fetchone()))


def _mark(digest_id: int) -> Numbers:
    mark = BreakerMark.objects.filter(pk=digest_id).first()
    return Numbers(mark.tried, mark.refused, mark.complained) if mark else Numbers()


def _set_mark(digest_id: int, numbers: Numbers) -> None:
    BreakerMark.objects.update_or_create(
        digest_id=digest_id,
        defaults={
            "tried": numbers.tried,
            "refused": numbers.refused,
            "complained": numbers.complained,
        },
    )
