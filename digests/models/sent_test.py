"""How many tests of digests somebody has sent of late."""

from datetime import datetime, timedelta
from typing import NamedTuple, Self

from django.conf import settings
from django.db import models
from django.db.models import Sum

A_DAY = timedelta(days=1)


class Sent(NamedTuple):
    mails: int
    strangers: int  # of these, to people outside the house


class SentTestQuerySet(models.QuerySet["SentTest"]):
    def of_the_day(self, by: object, *, now: datetime) -> Self:
        return self.filter(by=by, at__gt=now - A_DAY)

    def total(self) -> Sent:
        found = self.aggregate(mails=Sum("mails", default=0), strangers=Sum("strangers", default=0))
        return Sent(**found)


class SentTest(models.Model):
    """One click; rows older than a day are worth nothing, and go with the next one."""

    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField()
    mails = models.PositiveSmallIntegerField()
    strangers = models.PositiveSmallIntegerField()

    objects = SentTestQuerySet.as_manager()

    class Meta:
        # No index but that of `by`: a day of one person is a handful of rows.
        verbose_name = "sent test"

    def __str__(self) -> str:
        return f"{self.mails} by {self.by}"
