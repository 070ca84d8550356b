"""What ESPs and mail servers told us, kept as it came before anybody acts on it."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from digests.choices import EventKind, EventState
from digests.models.digest import Digest
from subscriptions.choices import BounceKind
from subscriptions.models import Letter
from subscriptions.models.folding import FOLDING


class Event(models.Model):
    """One event, once: a second post of the same one finds its key taken."""

    esp = models.CharField(max_length=20, verbose_name=_("told by"))
    dedupe_key = models.BinaryField(max_length=32, unique=True)
    # What was signed or posted with it: tells a repeated post from another body under a captured signature.
    body_hash = models.BinaryField(max_length=32)
    kind = models.CharField(max_length=15, choices=EventKind)
    occurred_at = models.DateTimeField()
    received_at = models.DateTimeField()
    message_id = models.CharField(max_length=500, blank=True)
    recipient = models.CharField(max_length=320, blank=True, db_collation=FOLDING)
    delivery = models.CharField(
        max_length=60, blank=True, help_text=_("Our own name of the mail, if it came back.")
    )
    said = models.CharField(
        max_length=10,
        choices=BounceKind,
        blank=True,
        verbose_name=_("as the service sees it"),
    )
    reject_reason = models.CharField(max_length=20, blank=True)
    description = models.CharField(max_length=300, blank=True)
    reply = models.CharField(
        max_length=500, blank=True, help_text=_("What the reader's mail server said.")
    )
    # Text, not jsonb: it is kept as evidence, NUL and lone surrogates and all, and never searched.
    payload = models.TextField(blank=True)

    # It may change a reader or an outcome; the many others are only told whose they are.
    acts = models.BooleanField(default=False)
    state = models.CharField(max_length=10, choices=EventState, default=EventState.NEW)
    attempts = models.PositiveSmallIntegerField(default=0)
    processed_at = models.DateTimeField(null=True, blank=True)
    digest = models.ForeignKey(
        Digest, on_delete=models.CASCADE, null=True, blank=True, related_name="events"
    )
    letter = models.ForeignKey(
        Letter, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    subscriber_id = models.BigIntegerField(null=True, blank=True)
    has_suppressed = models.BooleanField(default=False)

    class Meta:
        ordering = ["-pk"]
        verbose_name = _("event")
        verbose_name_plural = _("events")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(kind__in=EventKind.values), name="event_kind_known"
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=EventState.values), name="event_state_known"
            ),
        ]
        indexes = [
            models.Index(
                fields=["id"],
                condition=models.Q(state=EventState.NEW, acts=False),
                name="event_waiting",
            ),
            models.Index(
                fields=["attempts", "id"],
                condition=models.Q(state=EventState.NEW, acts=True),
                name="event_waiting_to_act",
            ),
            models.Index(fields=["subscriber_id", "kind"], name="event_of_reader"),
            models.Index(
                fields=["digest", "kind"],
                condition=models.Q(has_suppressed=True),
                name="event_suppressing",
            ),
            models.Index(fields=["received_at"], name="event_received"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} ({self.esp}, {self.recipient or 'no recipient'})"
