"""What staff must know of; it is cleared, never written."""

from django.contrib import admin, messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.admin import ModelAdmin

from digests.models import Alert
from subscriptions.admin.evidence import EvidenceMixin
from subscriptions.admin.tracing import trace
from subscriptions.badges import badge
from subscriptions.clock import database_now
from subscriptions.local_times import in_zone


@admin.register(Alert)
class AlertAdmin(EvidenceMixin, ModelAdmin):
    list_display = ("text", "shown_state", "digest_page", "kind", "raised")
    list_filter = (("cleared_at", admin.EmptyFieldListFilter), "kind")
    list_select_related = ("digest__newsletter",)
    fields = ("text", "shown_state", "digest_page", "kind", "raised")
    readonly_fields = fields
    actions = ("clear_chosen",)

    @admin.display(description=_("state"), ordering="cleared_at")
    def shown_state(self, alert: Alert) -> str:
        return badge(_("Resolved"), "good") if alert.cleared_at else badge(_("Open"), "bad")

    @admin.display(description=_("digest"))
    def digest_page(self, alert: Alert) -> str:
        return format_html(
            '<a class="desk-link" href="{}">{}</a>',
            reverse("admin:digests_digest_change", args=[alert.digest_id]),
            alert.digest,
        )

    @admin.display(description=_("since"), ordering="raised_at")
    def raised(self, alert: Alert) -> str:
        return in_zone(alert.raised_at, alert.digest.zone)

    def has_clear_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("digests.change_alert")

    @admin.action(description=_("Mark as resolved"), permissions=["clear"])
    def clear_chosen(self, request: HttpRequest, queryset: QuerySet[Alert]) -> None:
        with transaction.atomic():
            chosen = list(queryset.filter(cleared_at=None).select_for_update(of=("self",)))
            ids = [alert.pk for alert in chosen]
            Alert.objects.filter(pk__in=ids).update(cleared_at=database_now())
            trace(request, chosen, __("Cleared."))
        number = len(chosen)
        text = ngettext("%(number)s alert is cleared.", "%(number)s alerts are cleared.", number)
        self.message_user(request, text % {"number": number}, messages.SUCCESS)
