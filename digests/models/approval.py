"""Who said yes to which version, and what preflight had found then; nothing here is ever taken out."""

from typing import Self

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from digests.models.digest import Digest
from digests.models.version import Version


class ApprovalQuerySet(models.QuerySet["Approval"]):
    def standing(self) -> Self:
        """Neither withdrawn nor followed by another."""
        return self.filter(ended_at__isnull=True)

    def waiting(self) -> Self:
        """For their second person."""
        return self.standing().filter(needs_second=True, confirmed_at__isnull=True)


class Approval(models.Model):
    digest = models.ForeignKey(Digest, on_delete=models.CASCADE, related_name="approvals")
    version = models.ForeignKey(Version, on_delete=models.CASCADE, related_name="approvals")
    # None: the schedule's rule, or somebody who has left the house.
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    is_by_rule = models.BooleanField(default=False)
    at = models.DateTimeField()
    # As digests/preflight/finding.py writes them: the warnings that stood then, and why others had been set aside.
    findings = models.JSONField(default=list)
    # The story that its version lacks, taken out by one person at once (stop_press.py); all else was approved before.
    taken_out = models.CharField(max_length=300, blank=True)
    needs_second = models.BooleanField(default=False)
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    confirmed_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(
        null=True, blank=True, help_text=_("Withdrawn, or followed by another.")
    )

    objects = ApprovalQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["digest"],
                condition=models.Q(ended_at__isnull=True),
                name="approval_one_stands",
            ),
            # Four eyes are those of two people.
            models.CheckConstraint(
                condition=models.Q(by__isnull=True)
                | models.Q(confirmed_by__isnull=True)
                | ~models.Q(confirmed_by=models.F("by")),
                name="approval_two_people",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.version}, {self.by or ''}"

    @property
    def is_waiting(self) -> bool:
        return self.needs_second and self.confirmed_at is None and self.ended_at is None

    def is_by(self, person: object) -> bool:
        return person is not None and person in (self.by, self.confirmed_by)
