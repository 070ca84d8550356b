"""What a reader asked for, and the append-only proof of what was agreed."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Self

from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from subscriptions.choices import ConsentAction
from subscriptions.models.embedded_form import EmbeddedForm
from subscriptions.models.newsletter import Newsletter
from subscriptions.models.subscriber import Subscriber
from subscriptions.public_ids import PUBLIC_ID_LENGTH, new_public_id


class SignUpQuerySet(models.QuerySet["SignUp"]):
    def open(self, now: datetime) -> Self:
        """Waiting for an answer that may still come."""
        return self.filter(confirmed_at=None, expires_at__gt=now)

    def to_remind(self, now: datetime, after: timedelta, time_left: timedelta) -> Self:
        return self.filter(
            confirmed_at=None,
            reminded_at=None,
            requested_at__lte=now - after,
            expires_at__gt=now + time_left,
        ).select_related("subscriber")

    def unanswered_since(self, end: datetime) -> Self:
        """Longest first; uses the index sign_up_unanswered."""
        return self.filter(confirmed_at=None, expires_at__lte=end).order_by("expires_at")

    def of(self, subscriber_ids: Collection[int]) -> Self:
        return self.filter(subscriber__in=subscriber_ids).order_by()

    def unanswered(self) -> Self:
        return self.filter(confirmed_at=None)


class SignUp(models.Model):
    """One request for one or more newsletters, waiting for its confirmation."""

    public_id = models.CharField(max_length=PUBLIC_ID_LENGTH, editable=False, default=new_public_id)
    subscriber = models.ForeignKey(Subscriber, on_delete=models.CASCADE, related_name="sign_ups")
    newsletters = models.ManyToManyField(Newsletter, related_name="sign_ups")
    requested_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True, blank=True)
    reminded_at = models.DateTimeField(null=True, blank=True)
    # What brought the reader, counted in reports: the form and page of the request that the letter answers.
    embedded_form = models.ForeignKey(
        EmbeddedForm,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        db_index=False,  # sign_up_growth serves
        related_name="sign_ups",
    )
    source_url = models.CharField(max_length=500, blank=True)

    objects = SignUpQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        indexes = [
            models.Index(
                fields=["expires_at"],
                condition=models.Q(confirmed_at__isnull=True),
                name="sign_up_unanswered",
            ),
            models.Index(
                fields=["embedded_form", "requested_at"],
                condition=models.Q(embedded_form__isnull=False),
                name="sign_up_growth",
            ),
        ]
        constraints = [
            # Not unique=True, which adds an index for LIKE that nobody uses.
            models.UniqueConstraint(fields=["public_id"], name="sign_up_public_id_once"),
            # Two clicks on “Sign up” make one request, not two mails.
            models.UniqueConstraint(
                fields=["subscriber"],
                condition=models.Q(confirmed_at__isnull=True),
                name="sign_up_one_open",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.subscriber} ({self.requested_at:%Y-%m-%d %H:%M})"


class ConsentQuerySet(models.QuerySet["Consent"]):
    def with_ip_before(self, end: datetime) -> Self:
        """Said by then, and the IP address, or its hash, is still there; uses the index consent_with_ip."""
        return self.filter(Consent.HAS_IP, at__lte=end).order_by("at")


class Consent(models.Model):
    """One step of one reader with one newsletter.

    Rows are never changed (a trigger refuses), but that an IP address is forgotten in time.
    """

    HAS_IP = models.Q(ip__isnull=False) | ~models.Q(ip_hash="")

    subscriber = models.ForeignKey(Subscriber, on_delete=models.CASCADE, related_name="consents")
    newsletter = models.ForeignKey(
        Newsletter,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="consents",
        help_text="None: about all newsletters alike.",
    )
    action = models.CharField(max_length=10, choices=ConsentAction)
    at = models.DateTimeField()
    wording = models.CharField(
        max_length=40, help_text="The version of the words that were agreed to."
    )
    form = models.CharField(max_length=60, help_text="Where it was said: a form, a link, a header.")
    embedded_form = models.ForeignKey(
        EmbeddedForm,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        db_index=False,  # consent_embedded_form serves
        related_name="consents",
    )
    source_url = models.CharField(max_length=500, blank=True, verbose_name=_lazy("page"))
    ip = models.GenericIPAddressField(null=True, blank=True, verbose_name=_lazy("IP address"))
    ip_hash = models.CharField(
        max_length=32,
        blank=True,
        default="",
        db_default="",
        verbose_name=_lazy("hash of the IP address"),
    )

    objects = ConsentQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(action__in=ConsentAction.values), name="consent_action_known"
            ),
        ]
        indexes = [
            models.Index(
                fields=["embedded_form"],
                condition=models.Q(embedded_form__isnull=False),
                name="consent_embedded_form",
            ),
            models.Index(
                fields=["at"],
                condition=models.Q(ip__isnull=False) | ~models.Q(ip_hash=""),
                name="consent_with_ip",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_action_display()}: {self.newsletter or _('all newsletters')}"
