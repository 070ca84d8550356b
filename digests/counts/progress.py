"""How far a digest is, recounted from its ledger: who has which version, who waits, and how fast it goes."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import connection

from digests.choices import Outcome
from digests.counts.cohort_counts import WAITING, Cohort

RATE_SECONDS = 60

# A row for each version in a batch, nearly always one a batch. A digest moves on to newer versions only, so the
# slices of one version follow each other, and a run from the first to the last of them holds no other's.
READ = """
SELECT b.id, b.opens_at, b.outcomes, s.version_id, s.start, s.stop, coalesce(s.settled, 0), s.since,
       statement_timestamp()
  FROM digests_batch b
  LEFT JOIN LATERAL (
        SELECT version_id, min(start) AS start, max(stop) AS stop,
               sum(stop - start) FILTER (WHERE is_recent) AS settled, min(started_at) FILTER (WHERE is_recent) AS since
          FROM (SELECT *, settled_at > statement_timestamp() - make_interval(secs => %(seconds)s) AS is_recent
                  FROM digests_slice WHERE batch_id = b.id) one
         GROUP BY version_id) s ON true
 WHERE b.digest_id = %(digest)s
 ORDER BY b.opens_at, b.id, s.start
"""
Row = tuple[int, datetime, bytes, int | None, int, int, int, datetime | None, datetime]


@dataclass(slots=True)
class Readership:
    """Readers of one version. What became of the others it was offered to is in the account."""

    accepted: int = 0
    unconfirmed: int = 0
    in_hand: int = 0  # a server has it just now, or is about to


@dataclass(slots=True)
class Progress:
    outcomes: Counter[Outcome] = field(default_factory=Counter)  # without MOVED
    cohorts: list[Cohort] = field(default_factory=list)
    versions: dict[int, Readership] = field(default_factory=dict)  # by id of the version
    per_minute: int = 0
    due: int = 0  # of those who wait, whose time has come

    @property
    def readers(self) -> int:
        return self.outcomes.total()

    @property
    def in_hand(self) -> int:
        return sum(one.in_hand for one in self.versions.values())

    @property
    def waiting(self) -> int:
        """Who gets whatever is the newest version when their turn comes."""
        return sum(self.outcomes[outcome] for outcome in WAITING) - self.in_hand

    @property
    def others(self) -> int:
        """Who left, was suppressed, came too late and the like."""
        named = (Outcome.ACCEPTED, Outcome.FAILED, Outcome.UNCERTAIN, *WAITING)
        return self.readers - sum(self.outcomes[outcome] for outcome in named)

    @property
    def percent(self) -> int:
        """Percent of the readers for whom nothing more will happen by itself; 100 only if that is true of all."""
        if not self.readers:
            return 0
        return (self.readers - self.waiting - self.in_hand) * 100 // self.readers

    @property
    def seconds_left(self) -> int | None:
        """Seconds at the rate of the last minute, for readers whose time has come; None: nothing to reckon from."""
        return round(self.due * 60 / self.per_minute) if self.per_minute and self.due else None


def progress_of(digest_id: int) -> Progress:
    """Add up a digest's progress in one query: the bytes of the batches, a byte a reader, and their slices."""
    with connection.cursor() as cursor:
        cursor.execute(READ, {"digest": digest_id, "seconds": RATE_SECONDS})
        return _add_up(cursor.fetchall())


def _add_up(rows: Sequence[Row]) -> Progress:
    progress = Progress()
    tallies: dict[datetime, Counter[Outcome]] = {}
    last = None
    for batch, opens_at, outcomes, version, start, stop, *_recent in rows:
        if batch != last:
            tallies.setdefault(opens_at, Counter()).update(_tally(bytes(outcomes)))
            last = batch
        if version is not None:
            _count(progress.versions.setdefault(version, Readership()), bytes(outcomes)[start:stop])
    if rows:
        now = rows[0][-1]
        _add_cohorts(progress, tallies, now)
        progress.per_minute = _per_minute(rows, now)
    return progress


def _add_cohorts(
    progress: Progress, tallies: Mapping[datetime, Counter[Outcome]], now: datetime
) -> None:
    for opens_at, tally in tallies.items():
        progress.outcomes.update(tally)
        waiting = sum(tally[outcome] for outcome in WAITING)
        progress.due += waiting if opens_at <= now else 0
        progress.cohorts.append(Cohort(opens_at, tally.total(), tally[Outcome.ACCEPTED], waiting))


def _per_minute(rows: Sequence[Row], now: datetime) -> int:
    """A digest that began a few seconds ago is not reckoned over the whole minute."""
    began = min((row[7] for row in rows if row[7] is not None), default=now)
    settled = sum(row[6] for row in rows)
    return round(settled * 60 / max(1.0, (now - began).total_seconds()))


def _tally(outcomes: bytes) -> Counter[Outcome]:
    return Counter({one: outcomes.count(one) for one in Outcome if one is not Outcome.MOVED})


def _count(readership: Readership, outcomes: bytes) -> None:
    readership.accepted += outcomes.count(Outcome.ACCEPTED)
    readership.unconfirmed += outcomes.count(Outcome.UNCERTAIN)
    readership.in_hand += outcomes.count(Outcome.PENDING)
