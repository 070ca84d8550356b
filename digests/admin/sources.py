"""Where stories come from: what is wrong and since when, at a glance."""

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.timesince import timesince
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.admin import ModelAdmin
from unfold.decorators import action

from digests import tasks
from digests.models import Source
from subscriptions.admin.web_addresses import HTTPS
from subscriptions.badges import badge
from subscriptions.doorbell import ring


@admin.register(Source)
class SourceAdmin(ModelAdmin):
    list_display = ("name", "health", "last_worked", "last_error", "interval_minutes", "is_active")
    list_filter = ("is_active",)
    search_fields = ("name", "url")
    readonly_fields = ("health", "last_worked", "last_error")
    actions = ("fetch_chosen",)
    actions_submit_line = ("fetch_now",)
    formfield_overrides = HTTPS
    fieldsets = (
        (None, {"fields": ("name", "url", "is_active", "interval_minutes")}),
        (_("How it is doing"), {"fields": ("health", "last_worked", "last_error")}),
    )

    @admin.display(description=_("health"), ordering="failures")
    def health(self, source: Source) -> str:
        if not source.is_active:
            return badge(__("Off"))
        if source.failures:
            text = ngettext("Failed once", "Failed %(number)s times in a row", source.failures)
            return badge(text % {"number": source.failures}, "bad")
        if source.worked_at is None:
            return badge(__("Not fetched yet"), "busy")
        return badge(__("Works"), "good")

    @admin.display(description=_("last worked"), ordering="worked_at")
    def last_worked(self, source: Source) -> str:
        if source.worked_at is None:
            return __("never")
        return __("%(time)s ago") % {"time": timesince(source.worked_at, depth=1)}

    @admin.action(description=_("Fetch the chosen ones now"), permissions=["change"])
    def fetch_chosen(self, request: HttpRequest, queryset: QuerySet[Source]) -> None:
        sources = list(queryset)
        for source in sources:
            ring(tasks.fetch_source, source.pk)
        text = ngettext(
            "%(number)s source is fetched.", "%(number)s sources are fetched.", len(sources)
        )
        self.message_user(request, text % {"number": len(sources)}, messages.SUCCESS)

    @action(description=_("Save and fetch now"), icon="refresh", permissions=["change"])
    def fetch_now(self, request: HttpRequest, source: Source) -> None:
        ring(tasks.fetch_source, source.pk)
        text = __("%(source)s is being fetched. Look again in a few seconds.") % {"source": source}
        self.message_user(request, text, messages.SUCCESS)
