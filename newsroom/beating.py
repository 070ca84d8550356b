"""What beat is: a bell that rings every few seconds. What is due is in the database, so it keeps nothing on disk."""

from typing import Any

from celery.beat import ScheduleEntry, Scheduler
from typing_extensions import override

from subscriptions.doorbell import has_room


class BellRinger(Scheduler):
    """In memory. While nobody answers, its bells do not fill Redis."""

    @override
    def apply_entry(self, entry: ScheduleEntry, producer: Any = None) -> None:
        if has_room(self.app.tasks[str(entry.task)]):
            super().apply_entry(entry, producer=producer)
