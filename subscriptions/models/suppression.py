"""Addresses that are never mailed again."""

from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from subscriptions.choices import SuppressionReason
from subscriptions.models.folding import FOLDING


class Suppression(models.Model):
    """The keyed hash stays for ever; the plain address until the reader asks to be erased."""

    address_hash = models.BinaryField(max_length=32, unique=True)
    address = models.CharField(max_length=254, blank=True, db_collation=FOLDING)
    reason = models.CharField(max_length=12, choices=SuppressionReason)
    note = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["-pk"]
        verbose_name = _("suppressed address")
        verbose_name_plural = _("suppressed addresses")
        # Each slice of a digest asks for its readers here.
        indexes = [models.Index(Lower("address"), name="suppression_any_case")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(reason__in=SuppressionReason.values),
                name="suppression_reason_known",
            ),
        ]

    def __str__(self) -> str:
        return self.address or "(erased)"


class SuppressionCanary(models.Model):
    """A hash of a fixed word: it differs as soon as SUPPRESSION_KEY is not the key of this database."""

    address_hash = models.BinaryField(max_length=32)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(pk=1), name="suppression_canary_is_one"),
        ]

    def __str__(self) -> str:
        return "canary"
