"""How each way out stands: rests, restarts by one connection, or is down. A way without a row is well."""

from django.db import models


class TransportState(models.Model):
    name = models.CharField(max_length=60, primary_key=True)  # of its MailRoute (mail.NAME_LENGTH)
    rests_until = models.DateTimeField()
    why = models.CharField(max_length=300)
    # In a row, with nothing taken in between; connections that fail together are one.
    failures = models.PositiveSmallIntegerField(default=0)
    # How many may be open, of all processes together; NULL: as many as its URL says.
    connections = models.PositiveSmallIntegerField(null=True)
    grows_at = models.DateTimeField()
    down_since = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.name}: {self.why}"
