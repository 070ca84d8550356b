"""What keeps the house running, and when it last did: for staff, probes and whoever stands in."""

from django.db import models


class Heartbeat(models.Model):
    """One row for whatever is to be done again and again: the tick, the sweep of letters, each queue, each step.

    Times are the database's; what a host's clock says counts nowhere.
    """

    name = models.CharField(max_length=60, primary_key=True)
    at = models.DateTimeField()  # begun, or seen
    by = models.CharField(max_length=120)  # host:pid
    # Nobody had rung: a worker looked by itself.
    is_alone = models.BooleanField(default=False)
    worked_at = models.DateTimeField(null=True)
    failures = models.PositiveIntegerField(default=0)  # in a row
    error = models.CharField(max_length=300, blank=True)
    is_told = models.BooleanField(default=False)  # staff have been told of these failures

    def __str__(self) -> str:
        return self.name
