"""What mail servers and ESPs said of a reader's address: the evidence behind a suppression."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from subscriptions.choices import BounceKind
from subscriptions.models.subscriber import Subscriber


class BounceReport(models.Model):
    """One report of one reader. Rows are few: nearly every reader never has any."""

    subscriber = models.ForeignKey(
        Subscriber, on_delete=models.CASCADE, related_name="bounce_reports"
    )
    kind = models.CharField(max_length=10, choices=BounceKind)
    occurred_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    source = models.CharField(
        max_length=80, help_text=_("Who said so, and the event that can be looked up.")
    )
    code = models.CharField(max_length=12, blank=True)  # of the reply: 5.1.1
    text = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["-pk"]
        verbose_name = _("bounce report")
        verbose_name_plural = _("bounce reports")
        constraints = [
            models.UniqueConstraint(fields=["subscriber", "source"], name="bounce_report_once"),
            models.CheckConstraint(
                condition=models.Q(kind__in=BounceKind.values), name="bounce_report_kind_known"
            ),
        ]
        indexes = [
            models.Index(fields=["recorded_at"], name="bounce_report_recent"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} ({self.source})"
