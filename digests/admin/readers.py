"""A reader's page, with the digests that were sent to that reader beneath."""

from dataclasses import dataclass
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse

from digests.counts.account import WORDS, Word
from digests.ledger import Delivery, history_of
from digests.models import Digest
from subscriptions.admin.subscribers import SubscriberAdmin
from subscriptions.local_times import in_zone
from subscriptions.models import Subscriber

SHOWN = 50

admin.site.unregister(Subscriber)


@dataclass(frozen=True, slots=True)
class Sent:
    digest: Digest
    delivery: Delivery
    word: Word

    @property
    def at(self) -> str:
        return in_zone(self.delivery.sent_at, self.digest.zone) if self.delivery.sent_at else ""


@admin.register(Subscriber)
class SentSubscriberAdmin(SubscriberAdmin):
    change_form_outer_after_template = "admin/subscriptions/deliveries.html"

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **options: Any
    ) -> HttpResponse:
        subscriber = context.get("original")
        if subscriber is not None:
            context["deliveries"] = deliveries_of(subscriber.pk)
            context["shown"] = SHOWN
        response: HttpResponse = super().render_change_form(request, context, *args, **options)
        return response


def deliveries_of(subscriber_id: int) -> list[Sent]:
    """Newest first; two queries."""
    history = history_of(subscriber_id, limit=SHOWN)
    digests = Digest.objects.select_related("newsletter").in_bulk(
        {delivery.digest_id for delivery in history}
    )
    return [
        Sent(digests[delivery.digest_id], delivery, WORDS[delivery.outcome]) for delivery in history
    ]
