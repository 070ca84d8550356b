"""What staff must know of, until somebody has seen to it."""

from django.db import models

from digests.choices import AlertKind
from digests.models.digest import Digest


class Alert(models.Model):
    digest = models.ForeignKey(Digest, on_delete=models.CASCADE, related_name="alerts")
    kind = models.CharField(max_length=10, choices=AlertKind)
    text = models.CharField(max_length=300)
    raised_at = models.DateTimeField()
    cleared_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            # A tick that looks again does not alarm again.
            models.UniqueConstraint(
                fields=["digest", "kind"],
                condition=models.Q(cleared_at__isnull=True),
                name="alert_once_while_open",
            ),
        ]

    def __str__(self) -> str:
        return self.text
