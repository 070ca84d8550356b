"""Where stories come from: what is wrong and since when, at a glance."""

from collections.abc import Iterable
from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html_join
from django.utils.safestring import mark_safe
from django.utils.timesince import timesince
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.admin import ModelAdmin
from unfold.decorators import action

from digests import tasks
from digests.models import Source
from digests.models.article import SourceQuerySet
from subscriptions.admin.fields import ZoneInput
from subscriptions.admin.web_addresses import HTTPS
from subscriptions.badges import badge
from subscriptions.doorbell import ring


@admin.register(Source)
class SourceAdmin(ModelAdmin):
    list_display = ("name", "health", "last_worked", "last_error", "interval_minutes", "is_active")
    list_filter = ("is_active",)
    search_fields = ("name", "url")
    readonly_fields = ("health", "last_worked", "last_error", "remarks")
    actions = ("fetch_chosen",)
    actions_submit_line = ("fetch_now",)
    formfield_overrides = HTTPS
    fieldsets = (
        (None, {"fields": ("name", "url", "is_active", "interval_minutes", "zone")}),
        (_("How it is doing"), {"fields": ("health", "last_worked", "last_error", "remarks")}),
    )

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kw: Any
    ) -> Any:
        return super().get_form(request, obj, change=change, widgets={"zone": ZoneInput()}, **kw)

    def save_model(self, request: HttpRequest, obj: Source, form: Any, change: bool) -> None:
        if change and "url" in form.changed_data:
            obj.begin_anew()
        super().save_model(request, obj, form, change)
        if form.has_changed() and obj.worked_at is None:
            _fetch([obj])

    def response_add(
        self, request: HttpRequest, obj: Source, post_url_continue: str | None = None
    ) -> HttpResponse:
        if obj.is_active:
            text = __("It is being fetched: in a few seconds this page says how that went.")
            self.message_user(request, text)
        response: HttpResponse = super().response_add(request, obj, post_url_continue)
        return response

    @admin.display(description=_("health"), ordering="failures")
    def health(self, source: Source) -> str:
        if not source.is_active:
            return badge(__("Off"))
        if source.failures:
            text = ngettext("Failed once", "Failed %(number)s times in a row", source.failures)
            return badge(text % {"number": source.failures}, "bad")
        if source.worked_at is None:
            return badge(__("Not fetched yet"), "busy")
        if source.warnings:
            return badge(__("Works, with remarks"), "warn")
        return badge(__("Works"), "good")

    @admin.display(description=_("remarks"))
    def remarks(self, source: Source) -> str:
        """What was left out or could not be read at the last visit."""
        return (
            format_html_join(mark_safe("<br>"), "{}", ((text,) for text in source.warnings)) or "–"
        )

    @admin.display(description=_("last worked"), ordering="worked_at")
    def last_worked(self, source: Source) -> str:
        if source.worked_at is None:
            return __("never")
        return __("%(time)s ago") % {"time": timesince(source.worked_at, depth=1)}

    @admin.action(description=_("Fetch the chosen ones now"), permissions=["change"])
    def fetch_chosen(self, request: HttpRequest, queryset: SourceQuerySet) -> None:
        sources = list(queryset.active())
        _fetch(sources)
        text = ngettext(
            "%(number)s source is fetched.", "%(number)s sources are fetched.", len(sources)
        )
        self.message_user(request, text % {"number": len(sources)}, messages.SUCCESS)

    @action(description=_("Save and fetch now"), icon="refresh", permissions=["change"])
    def fetch_now(self, request: HttpRequest, source: Source) -> None:
        if not source.is_active:
            text = __("%(source)s is off: make it active, then it is fetched.")
            self.message_user(request, text % {"source": source}, messages.WARNING)
            return
        _fetch([source])
        text = __("%(source)s is being fetched. Look again in a few seconds.") % {"source": source}
        self.message_user(request, text, messages.SUCCESS)


def _fetch(sources: Iterable[Source]) -> None:
    """Now, however long they were to be left alone after a failure."""
    ids = [source.pk for source in sources]
    Source.objects.filter(pk__in=ids).make_due()
    for source_id in ids:
        ring(tasks.fetch_source, source_id)
