"""Readers: found by their address, shown with what they asked for, agreed to and were sent."""

from collections.abc import Mapping
from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.decorators import action
from unfold.enums import ActionVariant
from unfold.paginator import InfinitePaginator
from unfold.widgets import UnfoldAdminTextInputWidget

from subscriptions.admin.evidence import EvidenceInline
from subscriptions.admin.moments import moment
from subscriptions.admin.rows import row_or_404
from subscriptions.badges import Tone, badge
from subscriptions.choices import SubscriptionState, SuppressionReason
from subscriptions.clock import database_now
from subscriptions.mailing import suppression
from subscriptions.models import Consent, Letter, Subscriber, Subscription
from subscriptions.models.subscriber import SubscriberQuerySet

TONES: Mapping[str, Tone] = {
    SubscriptionState.ACTIVE: "good",
    SubscriptionState.PENDING: "busy",
}


class SubscriptionInline(EvidenceInline):
    model = Subscription
    fields = ("newsletter", "shown_state", "confirmed", "left")
    readonly_fields = fields
    confirmed = moment("confirmed_at", _("confirmed at"))
    left = moment("left_at", _("left at"))

    def get_queryset(self, request: HttpRequest) -> QuerySet[Subscription]:
        queryset: QuerySet[Subscription] = super().get_queryset(request)
        return queryset.select_related("newsletter")

    @admin.display(description=_("state"))
    def shown_state(self, subscription: Subscription) -> str:
        return badge(subscription.get_state_display(), TONES.get(subscription.state, "plain"))


class ConsentInline(EvidenceInline):
    model = Consent
    fields = ("said", "newsletter", "action", "form", "wording", "ip", "ip_hash")
    readonly_fields = fields
    said = moment("at", _("said at"))
    per_page = 20

    def get_queryset(self, request: HttpRequest) -> QuerySet[Consent]:
        queryset: QuerySet[Consent] = super().get_queryset(request)
        return queryset.select_related("newsletter")


class LetterInline(EvidenceInline):
    model = Letter
    fields = ("written", "kind", "state", "attempts", "last_error")
    readonly_fields = fields
    written = moment("created_at", _("written"))
    per_page = 20


class SuppressForm(forms.Form):
    note = forms.CharField(
        label=_("Why"),
        max_length=200,
        required=False,
        widget=UnfoldAdminTextInputWidget(),
        help_text=_("For your colleagues: “asked by telephone”."),
    )


@admin.register(Subscriber)
class SubscriberAdmin(ModelAdmin):
    list_display = ("address", "shown_suppression", "zone", "created")
    list_filter = (("suppressed_at", admin.EmptyFieldListFilter),)
    search_fields = ("address",)
    search_help_text = _("Start of an address; upper and lower case are the same.")
    fields = ("address", "shown_suppression", "away", "measuring", "zone", "language", "created")
    readonly_fields = ("address", "shown_suppression", "away", "measuring", "created")
    away = moment("paused_until", _("paused until"))
    created = moment("created_at", _("known since"))
    inlines = (SubscriptionInline, ConsentInline, LetterInline)
    actions_detail = ("suppress",)
    paginator = InfinitePaginator
    show_full_result_count = False

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Subscriber], search_term: str
    ) -> tuple[QuerySet[Subscriber], bool]:
        """Search by the indexes on lower(address): the whole of it, or its beginning; never its middle."""
        if search_term.strip():
            queryset = cast(SubscriberQuerySet, queryset).address_begins(search_term.strip())
        return queryset, False

    def get_inlines(self, request: HttpRequest, obj: Any) -> Any:
        return self.inlines if obj else ()

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Readers come through the sign-up or an import, where their consent is recorded."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Proof of consent is kept."""
        return False

    def has_suppress_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return request.user.has_perm("subscriptions.add_suppression")

    @admin.display(description=_("measuring"))
    def measuring(self, subscriber: Subscriber) -> str:
        return subscriber.get_tracking_display() or __("Nothing was said")

    @admin.display(description=_("mail"), ordering="suppressed_at")
    def shown_suppression(self, subscriber: Subscriber) -> str:
        if subscriber.suppressed_at:
            return badge(__("Suppressed"), "bad")
        return badge(__("May be mailed"), "good")

    @action(
        description=_("Suppress"),
        url_path="suppress",
        icon="block",
        variant=ActionVariant.DANGER,
        permissions=["suppress"],
    )
    def suppress(self, request: HttpRequest, object_id: str) -> HttpResponse:
        subscriber = row_or_404(self, request, object_id)
        if not self.has_view_permission(request, subscriber):
            raise PermissionDenied
        form = SuppressForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            suppression.suppress(
                subscriber.address,
                SuppressionReason.STAFF,
                now=database_now(),
                note=form.cleaned_data["note"],
            )
            text = __("%(address)s is never mailed again.") % {"address": subscriber.address}
            self.message_user(request, text, messages.SUCCESS)
            self.log_change(request, subscriber, text)
            return redirect("admin:subscriptions_subscriber_change", subscriber.pk)
        return TemplateResponse(
            request,
            "admin/subscriptions/suppress.html",
            self.admin_site.each_context(request)
            | {
                "title": __("Suppress %(address)s") % {"address": subscriber.address},
                "subscriber": subscriber,
                "form": form,
                "opts": self.opts,
            },
        )
