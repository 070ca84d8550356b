"""What beat rings for. What is due is asked of the database (digests/ticking.py), so two bells are enough.

No entry expires: that would count by the clocks of two hosts, and where they differ by some seconds nobody would ever
answer, without a word.
"""

from typing import Any


def timetable(tick_seconds: int) -> dict[str, dict[str, Any]]:
    return {
        "tick": {"task": "digests.ticking.tick", "schedule": tick_seconds},
        "letters": {"task": "subscriptions.tasks.sweep_letters", "schedule": tick_seconds},
    }
