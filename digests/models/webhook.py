"""The outbox of what other programs are told: one row a message, as letters are for people."""

from datetime import datetime
from typing import Self

from django.db import models

from subscriptions.choices import LetterState
from subscriptions.public_ids import PUBLIC_ID_LENGTH, new_public_id


class WebhookMessageQuerySet(models.QuerySet["WebhookMessage"]):
    def due(self, now: datetime) -> Self:
        """The messages to send now that no worker holds (or only a worker that died)."""
        return self.filter(state=LetterState.PENDING, due_at__lte=now).filter(
            models.Q(lease_until__isnull=True) | models.Q(lease_until__lte=now)
        )


class WebhookMessage(models.Model):
    """`public_id` is its webhook-id: the same on every attempt, so that a receiver knows a second copy."""

    public_id = models.CharField(
        max_length=PUBLIC_ID_LENGTH, unique=True, editable=False, default=new_public_id
    )
    type = models.CharField(max_length=40)
    body = models.TextField()  # JSON, kept as text: what is signed is what is sent, byte for byte
    state = models.CharField(max_length=10, choices=LetterState, default=LetterState.PENDING)
    created_at = models.DateTimeField()
    due_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    lease_until = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    last_error = models.CharField(max_length=300, blank=True)
    settled_at = models.DateTimeField(null=True, blank=True)

    objects = WebhookMessageQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=LetterState.values), name="webhook_message_state_known"
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at"],
                condition=models.Q(state=LetterState.PENDING),
                name="webhook_message_due",
            ),
        ]

    def __str__(self) -> str:
        return self.type
