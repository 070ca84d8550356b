"""What a clock that was wrong for a while has done to the plan, and how it is put right.

A database host that wakes up a year ahead must not fill the calendar with a year of missed digests; once its clock is
right, what was planned or given up too early is planned again. A long outage looks the same, and is treated alike.
"""

import logging
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from digests import lifecycle
from digests.choices import DigestState
from digests.lifecycle import Move
from digests.models import Digest, Schedule
from digests.notices import alerts

logger = logging.getLogger(__name__)

# Occurrences further back than this are not put on record one by one.
FURTHEST_BACK = timedelta(days=7)
# A schedule is planned up to its lead and no further; this much is allowed to an edited lead and to rounding.
SLACK = timedelta(hours=1)


def plan_from(schedule: Schedule, *, until: datetime, now: datetime) -> datetime:
    """After which moment occurrences are made, up to `until` (now and the lead)."""
    if schedule.planned_until > until + SLACK:
        logger.warning("%s was planned up to %s: again from now.", schedule, schedule.planned_until)
        return now
    earliest = now - FURTHEST_BACK
    if schedule.planned_until < earliest:
        logger.warning("%s was not planned from %s on.", schedule, schedule.planned_until)
        return earliest
    return schedule.planned_until


def reopen_missed(*, now: datetime) -> list[int]:
    """Digests that were given up although their time is still to come are open again; returns their ids."""
    with transaction.atomic():
        early = list(
            Digest.objects.select_for_update(of=("self",), skip_locked=True)
            .filter(state=DigestState.MISSED, miss_at__gt=now, expires_at__gt=now)
            # `local_date` has the index. A news alert goes out at once, so it has no time to come.
            .filter(local_date__gte=now.date() - timedelta(days=2), urgent_story=None)
            # At local time a digest may rightly be missed early: once every reader's time is past.
            .filter(Q(local_time=None) | Q(due_at__gt=now))
            .order_by("due_at")[:500]
        )
        for digest in early:
            is_approved = digest.approved_version_id is not None
            lifecycle.change(digest, Move.REOPEN_APPROVED if is_approved else Move.REOPEN)
            alerts.clear(digest, now=now)
            logger.warning("%s was given up by a clock that was ahead. It is open again.", digest)
    return [digest.pk for digest in early]
