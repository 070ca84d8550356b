"""Slices in doubt at a service that can settle them: written down with the doubt, in the same transaction."""

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple

from django.db import connection
from django.db.backends.utils import CursorWrapper

from digests.choices import Outcome
from digests.models import Question
from subscriptions.mailing.mail import service_of
from subscriptions.mailing.services import service_named

FIRST_SECONDS = 30
LONGEST_PAUSE_SECONDS = 300
LEASE_SECONDS = 120

OPEN = """
INSERT INTO digests_question
       (batch_id, start, stop, transport, called_at, positions, due_at, attempts, known, unknown, trouble)
SELECT s.batch_id, s.start, s.stop, s.transport, s.started_at,
       ARRAY(SELECT at FROM generate_series(s.start, s.stop - 1) AS at
              WHERE get_byte(b.outcomes, at) = %s ORDER BY at),
       clock_timestamp() + make_interval(secs => %s), 0, 0, 0, ''
  FROM digests_slice s JOIN digests_batch b ON b.id = s.batch_id
 WHERE s.batch_id = %s AND s.start = ANY(%s)
    ON CONFLICT (batch_id, start) DO UPDATE
   SET stop = EXCLUDED.stop, transport = EXCLUDED.transport, called_at = EXCLUDED.called_at,
       positions = EXCLUDED.positions, due_at = EXCLUDED.due_at, attempts = 0, trouble = '', settled_at = NULL
"""

TAKE = """
UPDATE digests_question
   SET attempts = attempts + 1, due_at = clock_timestamp() + make_interval(secs => %s)
 WHERE id = (SELECT id FROM digests_question WHERE settled_at IS NULL AND due_at <= clock_timestamp()
              ORDER BY due_at LIMIT 1 FOR UPDATE SKIP LOCKED)
RETURNING id, batch_id, start, stop, transport, called_at, attempts, positions
"""

PUT_OFF = """
UPDATE digests_question SET due_at = clock_timestamp() + make_interval(secs => %s), trouble = %s
 WHERE id = %s AND settled_at IS NULL
"""


class Due(NamedTuple):
    """A question that this worker has taken for a while."""

    pk: int
    batch_id: int
    start: int
    stop: int
    transport: str
    called_at: datetime
    attempts: int
    positions: list[int]


def can_be_settled(transport: str) -> bool:
    """`transport`: a way's name, as slices keep it."""
    service = service_named(service_of(transport))
    return service is not None and service.settles_doubts


def open_for(cursor: CursorWrapper, batch_id: int, starts: Collection[int]) -> None:
    """Open a question for each slice of this batch that begins there."""
    if starts:
        cursor.execute(OPEN, [Outcome.UNCERTAIN, FIRST_SECONDS, batch_id, list(starts)])


def take() -> Due | None:
    """The next that is due; whoever dies with it leaves it to others after a while."""
    with connection.cursor() as cursor:
        cursor.execute(TAKE, [LEASE_SECONDS])
        row = cursor.fetchone()
    return Due(*row) if row else None


def put_off(due: Due, trouble: str = "", seconds: float = 0) -> None:
    pause = min(FIRST_SECONDS * 2.0 ** min(due.attempts - 1, 10), LONGEST_PAUSE_SECONDS)
    with connection.cursor() as cursor:
        cursor.execute(PUT_OFF, [max(pause, seconds), trouble[:300], due.pk])


def settle(due: Due, *, now: datetime, trouble: str = "") -> None:
    """`trouble`: why nobody will hear of the readers who are still in doubt."""
    Question.objects.filter(pk=due.pk).update(settled_at=now, trouble=trouble[:300])
