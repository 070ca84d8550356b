"""What a reader's preference pages keep: links by e-mail, a change of address under way, why somebody left."""

from datetime import datetime
from typing import Self

from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from subscriptions.leaving_reasons import LeavingReason
from subscriptions.models.folding import FOLDING
from subscriptions.models.newsletter import Newsletter
from subscriptions.models.subscriber import Subscriber, Subscription
from subscriptions.public_ids import PUBLIC_ID_LENGTH, new_public_id


class ManageLink(models.Model):
    """A link by e-mail to all of a reader's preferences, for half an hour."""

    public_id = models.CharField(max_length=PUBLIC_ID_LENGTH, unique=True, default=new_public_id)
    subscriber = models.ForeignKey(
        Subscriber, on_delete=models.CASCADE, related_name="manage_links"
    )
    requested_at = models.DateTimeField()
    expires_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"{self.subscriber} ({self.requested_at:%Y-%m-%d %H:%M})"


class AddressChangeQuerySet(models.QuerySet["AddressChange"]):
    def with_key(self, key: str) -> Self:
        """The address changes whose old or new mailbox has this key."""
        return self.filter(models.Q(old_key=key) | models.Q(new_key=key))

    def lately_to(self, new_address: str, *, since: datetime) -> Self:
        """Whatever the case; uses the index address_change_new."""
        return self.annotate(lower_new=Lower("new_address")).filter(
            lower_new=new_address.lower(), requested_at__gt=since
        )


class AddressChange(models.Model):
    """A new address that waits for the yes of both mailboxes; each of them gets a key of its own."""

    subscriber = models.OneToOneField(
        Subscriber, on_delete=models.CASCADE, related_name="address_change"
    )
    new_address = models.CharField(max_length=254, db_collation=FOLDING)
    old_key = models.CharField(max_length=PUBLIC_ID_LENGTH, unique=True, default=new_public_id)
    new_key = models.CharField(max_length=PUBLIC_ID_LENGTH, unique=True, default=new_public_id)
    requested_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    old_confirmed_at = models.DateTimeField(null=True)
    new_confirmed_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)

    objects = AddressChangeQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(Lower("new_address"), name="address_change_new")]

    def __str__(self) -> str:
        return f"{self.subscriber} ({self.requested_at:%Y-%m-%d %H:%M})"


class FormerId(models.Model):
    """What named a reader whose row became part of another’s: links in old mails work, the ledger stays theirs."""

    public_id = models.CharField(max_length=PUBLIC_ID_LENGTH, unique=True)
    # The row's own key, by which the ledger names the reader. NULL: united before it was kept.
    former_pk = models.BigIntegerField(null=True, unique=True)
    subscriber = models.ForeignKey(Subscriber, on_delete=models.CASCADE, related_name="former_ids")

    def __str__(self) -> str:
        return self.public_id


class LeavingAnswerQuerySet(models.QuerySet["LeavingAnswer"]):
    def counts(self, newsletter_id: int, *, since: datetime) -> list[tuple[str, int]]:
        """Reason and number of readers, the most frequent first."""
        found = self.filter(newsletter=newsletter_id, at__gt=since).values_list("reason")
        return list(found.annotate(number=models.Count("pk")).order_by("-number", "reason"))


class LeavingAnswer(models.Model):
    """Why a reader left, if they said so; without the reader once that one is erased."""

    newsletter = models.ForeignKey(
        Newsletter, on_delete=models.CASCADE, related_name="leaving_answers"
    )
    subscription = models.OneToOneField(
        Subscription, on_delete=models.SET_NULL, null=True, related_name="leaving_answer"
    )
    reason = models.CharField(max_length=12, choices=LeavingReason)
    at = models.DateTimeField()

    objects = LeavingAnswerQuerySet.as_manager()

    class Meta:
        verbose_name = _("reason for unsubscribing")
        verbose_name_plural = _("reasons for unsubscribing")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(reason__in=LeavingReason.values), name="leaving_reason_known"
            ),
        ]
        indexes = [models.Index(fields=["newsletter", "at"], name="leaving_of_newsletter")]

    def __str__(self) -> str:
        return f"{self.newsletter}: {self.get_reason_display()}"
