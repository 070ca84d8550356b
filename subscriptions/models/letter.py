"""The outbox: one row a single mail, so that a lost Celery message delays a letter but never loses it."""

from datetime import datetime
from typing import Self

from django.db import models
from django.db.models.functions import Lower

from subscriptions.choices import LetterState
from subscriptions.models.folding import FOLDING
from subscriptions.models.subscriber import Subscriber
from subscriptions.public_ids import PUBLIC_ID_LENGTH, new_public_id


class LetterQuerySet(models.QuerySet["Letter"]):
    def due(self, now: datetime) -> Self:
        """The service emails to send now that no worker holds (or only a worker that died)."""
        return self.filter(state=LetterState.PENDING, due_at__lte=now).filter(
            models.Q(lease_until__isnull=True) | models.Q(lease_until__lte=now)
        )

    def settled_before(self, end: datetime) -> Self:
        """Whatever became of them; uses the index letter_settled."""
        return self.filter(settled_at__lte=end)

    def without_reader(self, address: str) -> Self:
        """The service emails to an address without a row, in whatever case; uses the index letter_without_reader."""
        by_address = self.filter(subscriber__isnull=True).annotate(folded=Lower("address"))
        return by_address.filter(folded=address.lower())


class Letter(models.Model):
    public_id = models.CharField(max_length=PUBLIC_ID_LENGTH, editable=False, default=new_public_id)
    kind = models.CharField(max_length=30)
    address = models.CharField(max_length=254, db_collation=FOLDING)
    # Of letters that strangers can call for: where the address leads to (sign_up/mailboxes.py). Else empty.
    mailbox = models.CharField(
        max_length=254,
        blank=True,
        default="",
        db_default="",
        editable=False,
        db_collation=FOLDING,
    )
    subscriber = models.ForeignKey(
        Subscriber, on_delete=models.CASCADE, null=True, blank=True, related_name="letters"
    )
    # What the letter is about (ids and plain values, no secrets): it is rendered when it is sent.
    context = models.JSONField(default=dict)
    state = models.CharField(max_length=10, choices=LetterState, default=LetterState.PENDING)
    created_at = models.DateTimeField()
    due_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    lease_until = models.DateTimeField(null=True, blank=True)
    settled_at = models.DateTimeField(null=True, blank=True)
    last_error = models.CharField(max_length=300, blank=True)

    objects = LetterQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            # Not unique=True, which adds an index for LIKE that nobody uses.
            models.UniqueConstraint(fields=["public_id"], name="letter_public_id_once"),
            models.CheckConstraint(
                condition=models.Q(state__in=LetterState.values), name="letter_state_known"
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at"],
                condition=models.Q(state=LetterState.PENDING),
                name="letter_due",
            ),
            models.Index(
                fields=["settled_at"],
                condition=models.Q(settled_at__isnull=False),
                name="letter_settled",
            ),
            models.Index(
                Lower("address"),
                condition=models.Q(subscriber__isnull=True),
                name="letter_without_reader",
            ),
            models.Index(
                fields=["mailbox", "created_at"],
                condition=~models.Q(mailbox=""),
                name="letter_by_mailbox",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind_in_words} to {self.address}"

    @property
    def kind_in_words(self) -> str:
        """“digest_alert” is a name for programs."""
        return self.kind.replace("_", " ").capitalize()
