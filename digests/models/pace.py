"""What the pace of sending keeps in rows: who sends, and from which numbers on a digest's refusals count."""

from django.db import models

from digests.models.digest import Digest


class SendingProcess(models.Model):
    """Says so every ten seconds while it sends (digests/delivery/pace/processes.py)."""

    name = models.CharField(max_length=100, primary_key=True)
    seen_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name


class Seat(models.Model):
    """A connection that may be open on a way that comes back from trouble (digests/delivery/pace/seats.py)."""

    way = models.CharField(max_length=60)
    number = models.PositiveSmallIntegerField()
    holder = models.CharField(max_length=32)
    lease_until = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["way", "number"], name="seat_once")]

    def __str__(self) -> str:
        return f"{self.way}, {self.number}"


class BreakerMark(models.Model):
    """What staff have seen and let pass: a digest's numbers when it was last stopped or resumed."""

    digest = models.OneToOneField(
        Digest, on_delete=models.CASCADE, primary_key=True, related_name="breaker_mark"
    )
    tried = models.PositiveIntegerField()
    refused = models.PositiveIntegerField()
    complained = models.PositiveIntegerField()

    def __str__(self) -> str:
        return f"{self.digest}: {self.refused} of {self.tried}"
