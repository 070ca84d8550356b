"""How far a digest is with each cohort of its readers."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from digests.choices import Outcome
from digests.models import Batch

WAITING = (Outcome.PENDING, Outcome.DEFERRED)


@dataclass(frozen=True, slots=True)
class Cohort:
    opens_at: datetime
    readers: int
    accepted: int
    waiting: int  # nothing has left for them, or their mail server asked us to come back

    @property
    def others(self) -> int:
        return self.readers - self.accepted - self.waiting


def cohorts_of(digest_id: int) -> list[Cohort]:
    """Return a digest's cohorts in the order of their time; one query, a byte a reader."""
    tallies: dict[datetime, Counter[int]] = {}
    batches = Batch.objects.filter(digest=digest_id).order_by("opens_at")
    for opens_at, outcomes in batches.values_list("opens_at", "outcomes").iterator(chunk_size=500):
        tallies.setdefault(opens_at, Counter()).update(bytes(outcomes))
    return [_cohort(opens_at, tally) for opens_at, tally in tallies.items()]


def _cohort(opens_at: datetime, tally: Counter[int]) -> Cohort:
    return Cohort(
        opens_at,
        readers=tally.total() - tally[Outcome.MOVED],
        accepted=tally[Outcome.ACCEPTED],
        waiting=sum(tally[outcome] for outcome in WAITING),
    )
