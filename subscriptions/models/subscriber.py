"""A reader, and a reader's tie to one newsletter."""

from collections.abc import Collection
from datetime import datetime
from typing import Self

from django.contrib.postgres.indexes import OpClass
from django.db import models
from django.db.models.functions import Lower, Now
from django.utils.translation import gettext_lazy as _

from subscriptions.choices import SubscriptionState, Tracking
from subscriptions.models.folding import FOLDING
from subscriptions.models.newsletter import Newsletter
from subscriptions.public_ids import PUBLIC_ID_LENGTH, new_public_id
from subscriptions.validators import validate_zone

# ASCII without spaces or control characters, one @, a lower-case domain of A-labels. What the application
# normalises (subscriptions/addresses.py), the database insists on.
ADDRESS_PATTERN = r"^[!-?A-~]+@[a-z0-9]([a-z0-9.-]*[a-z0-9])?$"


class SubscriberQuerySet(models.QuerySet["Subscriber"]):
    def with_address(self, address: str) -> Self:
        """Whatever the case of the local part; uses the unique index on lower(address)."""
        return self.annotate(lower_address=Lower("address")).filter(lower_address=address.lower())

    def with_addresses(self, addresses: Collection[str]) -> Self:
        """The same for many."""
        return self.annotate(lower_address=Lower("address")).filter(
            lower_address__in={address.lower() for address in addresses}
        )

    def address_begins(self, beginning: str) -> Self:
        """Whatever the case; uses the index subscriber_address_prefix."""
        return self.annotate(lower_address=Lower("address")).filter(
            lower_address__startswith=beginning.lower()
        )

    def without_ties(self, ids: Collection[int]) -> Self:
        """Those of them who have asked for nothing that anybody keeps, and were never readers."""
        return self.filter(
            pk__in=ids, subscriptions=None, sign_ups=None, suppressed_at=None
        ).order_by()

    def gone_since(self, end: datetime) -> Self:
        """Readers once, to whom nothing has gone since then: they left all they had, or are never mailed again."""
        theirs = Subscription.objects.filter(subscriber=models.OuterRef("pk"))
        had_left = theirs.filter(state=SubscriptionState.LEFT, left_at__lte=end)
        stays = theirs.exclude(state=SubscriptionState.LEFT, left_at__lte=end)
        return self.filter(
            models.Q(models.Exists(had_left), ~models.Exists(stays), suppressed_at=None)
            | models.Q(suppressed_at__lte=end)
        ).order_by()


class Subscriber(models.Model):
    public_id = models.CharField(max_length=PUBLIC_ID_LENGTH, editable=False, default=new_public_id)
    address = models.CharField(max_length=254, db_collation=FOLDING)
    zone = models.CharField(
        max_length=64, blank=True, validators=[validate_zone], verbose_name=_("time zone")
    )
    language = models.CharField(max_length=16, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    suppressed_at = models.DateTimeField(
        null=True,
        blank=True,
        editable=False,
        help_text=_("Set together with the suppression; no email is sent from then on."),
    )

    paused_until = models.DateTimeField(
        null=True,
        blank=True,
        editable=False,
        help_text=_("The reader has paused: nothing is sent before this moment."),
    )

    tracking = models.CharField(
        max_length=6,
        choices=Tracking,
        blank=True,
        default="",
        db_default="",
        editable=False,
        verbose_name=_("measuring"),
        help_text=_("The reader’s own choice; blank while nothing was said."),
    )

    objects = SubscriberQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            # Not unique=True, which adds an index for LIKE that nobody uses.
            models.UniqueConstraint(fields=["public_id"], name="subscriber_public_id_once"),
            models.UniqueConstraint(Lower("address"), name="subscriber_address_any_case"),
            models.CheckConstraint(
                condition=models.Q(address__regex=ADDRESS_PATTERN), name="subscriber_address_form"
            ),
            models.CheckConstraint(
                condition=models.Q(tracking__in=["", *Tracking.values]),
                name="subscriber_tracking_known",
            ),
        ]
        indexes = [
            # LIKE 'beginning%' finds nothing in an ordinary index unless the database's collation is C.
            models.Index(
                OpClass(Lower("address"), name="text_pattern_ops"), name="subscriber_address_prefix"
            ),
            models.Index(
                fields=["suppressed_at"],
                condition=models.Q(suppressed_at__isnull=False),
                name="subscriber_suppressed",
            ),
        ]

    def __str__(self) -> str:
        return self.address


def mailable_sql(at: str) -> str:
    """Who is to be mailed at the moment `at`, an SQL expression; for statements with a subscription s and its reader r.

    The same as SubscriptionQuerySet.mailable(), which trusts the mark of a suppressed reader. A pause needs nobody to
    end it: it is over when its time has come.
    """
    return f"{is_active_sql()} AND {not_suppressed_sql()} AND {not_paused_sql(at)}"


def is_active_sql() -> str:
    """Return the condition that a subscription s is active."""
    return f"s.state = '{SubscriptionState.ACTIVE}'"


def not_suppressed_sql() -> str:
    """Return the condition that a reader r is not suppressed.

    The list itself is asked, too: a reader whose mark was lost is not emailed either.
    """
    return (
        "(r.suppressed_at IS NULL AND NOT EXISTS "
        "(SELECT FROM subscriptions_suppression x WHERE lower(x.address) = lower(r.address)))"
    )


def not_paused_sql(at: str) -> str:
    return f"(r.paused_until IS NULL OR r.paused_until <= {at})"


def measured_sql() -> str:
    """May opens and clicks be told apart? For a reader r and a newsletter n; as measuring.allowed() has it."""
    return "(n.tracking = 'reader' AND r.tracking = 'reader')"


def mailable(*, prefix: str = "") -> models.Q:
    """The same now, by the database's clock. `prefix`: the way to the subscription, as in "subscriptions__"."""
    return models.Q(
        **{
            f"{prefix}state": SubscriptionState.ACTIVE,
            f"{prefix}subscriber__suppressed_at__isnull": True,
        }
    ) & (
        models.Q(**{f"{prefix}subscriber__paused_until__isnull": True})
        | models.Q(**{f"{prefix}subscriber__paused_until__lte": Now()})
    )


class SubscriptionQuerySet(models.QuerySet["Subscription"]):
    def active(self) -> Self:
        return self.filter(state=SubscriptionState.ACTIVE)

    def mailable(self) -> Self:
        return self.filter(mailable())

    def last_left_before(self, end: datetime) -> Self:
        """Whose reader has no other that was left later, or was not left; uses the index subscription_left."""
        others = Subscription.objects.filter(subscriber=models.OuterRef("subscriber"))
        stays = others.exclude(state=SubscriptionState.LEFT, left_at__lte=end)
        left = self.filter(~models.Exists(stays), state=SubscriptionState.LEFT, left_at__lte=end)
        return left.order_by("left_at")

    def never_confirmed(self, subscriber_ids: Collection[int]) -> Self:
        return self.filter(
            subscriber__in=subscriber_ids, state=SubscriptionState.PENDING, confirmed_at=None
        )


class Subscription(models.Model):
    subscriber = models.ForeignKey(
        Subscriber,
        on_delete=models.CASCADE,
        db_index=False,  # subscription_once_a_newsletter serves
        related_name="subscriptions",
    )
    newsletter = models.ForeignKey(
        Newsletter, on_delete=models.PROTECT, related_name="subscriptions"
    )
    state = models.CharField(
        max_length=10, choices=SubscriptionState, default=SubscriptionState.PENDING
    )
    created_at = models.DateTimeField(auto_now_add=True)
    confirmed_at = models.DateTimeField(null=True, blank=True)
    left_at = models.DateTimeField(null=True, blank=True)

    objects = SubscriptionQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["subscriber", "newsletter"], name="subscription_once_a_newsletter"
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=SubscriptionState.values),
                name="subscription_state_known",
            ),
            models.CheckConstraint(
                condition=~models.Q(state=SubscriptionState.ACTIVE)
                | models.Q(confirmed_at__isnull=False),
                name="subscription_active_is_confirmed",
            ),
            models.CheckConstraint(
                condition=~models.Q(state=SubscriptionState.LEFT) | models.Q(left_at__isnull=False),
                name="subscription_left_has_time",
            ),
        ]
        indexes = [
            # The audience of a newsletter, in the order in which a freeze reads it.
            models.Index(
                fields=["newsletter", "subscriber"],
                condition=models.Q(state=SubscriptionState.ACTIVE),
                name="subscription_audience",
            ),
            models.Index(
                fields=["left_at"],
                condition=models.Q(state=SubscriptionState.LEFT),
                name="subscription_left",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.subscriber} – {self.newsletter}"

    @property
    def is_left(self) -> bool:
        return self.state == SubscriptionState.LEFT
