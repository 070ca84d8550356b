"""A digest that seems to kill its workers is paused, and staff are told, before it takes every reader into doubt."""

from datetime import datetime

from django.db import transaction
from django.db.backends.utils import CursorWrapper

from digests.choices import AlertKind, StateReason
from digests.lifecycle import Move
from digests.models import Digest
from digests.notices import alerts
from digests.state_reasons import Reason

# One loss is a killed process, two may be a bad minute.
MOST_LOSSES = 3

# Lost slices since the last one whose answers were noted.
LOSSES = """
SELECT s.started_at, s.settled_at, clock_timestamp()
  FROM digests_slice s JOIN digests_batch b ON b.id = s.batch_id
 WHERE b.digest_id = %(digest)s AND s.is_lost
   AND s.started_at > coalesce(
       (SELECT max(good.settled_at)
          FROM digests_slice good JOIN digests_batch gb ON gb.id = good.batch_id
         WHERE gb.digest_id = %(digest)s AND NOT good.is_lost), '-infinity')
 ORDER BY s.started_at
"""


def after_a_loss(cursor: CursorWrapper, digest_id: int) -> None:
    """Pause a digest whose workers were lost too often in a row.

    Call it inside the transaction that has found slices in doubt.
    """
    cursor.execute(LOSSES, {"digest": digest_id})
    rows = cursor.fetchall()
    count = _in_a_row([(started, found) for started, found, _now in rows])
    if count >= MOST_LOSSES:
        pause(digest_id, Reason.of(StateReason.WORKERS_LOST, count=count), now=rows[0][2])


def pause(digest_id: int, reason: Reason, *, now: datetime) -> None:
    """Nothing more of it goes out until a person resumes it."""
    with transaction.atomic():
        digest = (
            Digest.objects.select_for_update(of=("self",))
            .filter(pk=digest_id, state__in=Move.QUARANTINE.before)
            .first()
        )
        if digest is not None:
            alerts.stop(digest, Move.QUARANTINE, AlertKind.SENDING, reason, now=now)


def _in_a_row(losses: list[tuple[datetime, datetime]]) -> int:
    """How many came one after another: a process that dies with eight connections is one loss, not eight."""
    count = 0
    found_before: datetime | None = None
    for started, found in losses:
        if found_before is None or started >= found_before:
            count += 1
            found_before = found
    return count
