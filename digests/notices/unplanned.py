"""A schedule from which no digest can be made: staff are told, and every other schedule goes on."""

from datetime import datetime

from django.db import transaction

from digests.models import Schedule
from digests.notices import service

TITLE = "No digest can be planned: {schedule}"
TEXT = (
    "Its time cannot be worked out: {why}. Choose another time zone on the page of the newsletter, or bring the "
    "time zones of this machine up to date."
)


def tell(schedule_id: int, error: Exception, *, now: datetime) -> None:
    schedule = Schedule.objects.select_related("newsletter").filter(pk=schedule_id).first()
    if schedule is None:
        return
    title, text = TITLE.format(schedule=schedule), TEXT.format(why=str(error).strip("'\""))
    with transaction.atomic():
        service.tell_again(f"schedule {schedule_id}", "service.schedule", title, text, now=now)
