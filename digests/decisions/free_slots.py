"""A name for a digest that no schedule makes."""

from datetime import date
from itertools import count

from digests.models import Digest, Schedule
from subscriptions.models import Newsletter


def free_slot(newsletter: Newsletter, day: date, kind: str) -> str:
    """alert-1, alert-2 …; never one that a schedule of the newsletter will want.

    The caller holds the newsletter's row, which keeps two at once from taking the same.
    """
    digests = Digest.objects.filter(newsletter=newsletter, local_date=day)
    schedules = Schedule.objects.filter(newsletter=newsletter)
    taken = {slot for rows in (digests, schedules) for slot in rows.values_list("slot", flat=True)}
    return next(slot for number in count(1) if (slot := f"{kind}-{number}") not in taken)
