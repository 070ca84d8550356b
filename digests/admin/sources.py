"""Where stories come from: what is wrong and since when, at a glance."""

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
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
from digests.admin.source_form import PREVIEW, SourceForm
from digests.assembly import fetching
from digests.choices import SourceTrouble
from digests.models import Source
from digests.models.article import SourceQuerySet
from subscriptions.admin.web_addresses import HTTPS
from subscriptions.badges import badge
from subscriptions.clock import database_now
from subscriptions.doorbell import ring

# What a server is asked with: whatever it answered before says nothing about another.
ASKED_WITH = frozenset({"url", "username", "key_header", "secret", "without_secret"})


@admin.register(Source)
class SourceAdmin(ModelAdmin):
    list_display = ("name", "health", "last_worked", "last_error", "interval_minutes", "is_active")
    list_filter = ("is_active",)
    search_fields = ("name", "url")
    readonly_fields = ("health", "last_worked", "last_error", "brought", "remarks")
    actions = ("fetch_chosen",)
    actions_submit_line = ("fetch_now",)
    formfield_overrides = HTTPS
    fieldsets = (
        (None, {"fields": ("name", "url", "is_active", "interval_minutes")}),
        (_("Its stories"), {"fields": ("tags", "priority", "zone", "silent_hours")}),
        (
            _("Password or key"),
            {"fields": ("username", "key_header", "secret", "without_secret")},
        ),
        (_("How it is doing"), {"fields": readonly_fields}),
    )
    form = SourceForm
    change_form_after_template = "admin/digests/source_preview.html"

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        """Show a source; with what its feed holds, where somebody wants to see that first. Nothing is kept then."""
        shown = {**(extra_context or {}), "now": database_now()}
        known = self.get_object(request, unquote(object_id)) if object_id else None
        may = (
            self.has_change_permission(request, known)
            if known
            else self.has_add_permission(request)
        )
        if may and request.method == "POST" and PREVIEW in request.POST:
            form = self.get_form(request, known, change=known is not None)(
                request.POST, instance=known
            )
            form.is_valid()
            if not form.errors:
                shown["preview"] = fetching.look(form.instance, allow=settings.FETCH_ALLOW)
        return super().changeform_view(request, object_id, form_url, shown)

    def save_model(self, request: HttpRequest, obj: Source, form: Any, change: bool) -> None:
        asks_anew = bool(ASKED_WITH & set(form.changed_data))
        if change and asks_anew:
            obj.begin_anew()
        if "is_active" in form.changed_data:
            obj.told_of = ""
        super().save_model(request, obj, form, change)
        if obj.worked_at is None and (asks_anew or not change or "is_active" in form.changed_data):
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
        if source.told_of == SourceTrouble.GONE:
            return badge(__("Gone"), "bad")
        if not source.is_active:
            return badge(__("Off"))
        if source.failures:
            text = ngettext("Failed once", "Failed %(number)s times in a row", source.failures)
            return badge(text % {"number": source.failures}, "bad")
        if source.worked_at is None:
            return badge(__("Not fetched yet"), "busy")
        if source.told_of == SourceTrouble.SILENT:
            return badge(__("Silent"), "warn")
        if source.warnings:
            return badge(__("Works, with remarks"), "warn")
        return badge(__("Works"), "good")

    @admin.display(description=_("stories at the last visit"))
    def brought(self, source: Source) -> str:
        if source.found is None:
            return "–"
        found = ngettext("%(number)s found", "%(number)s found", source.found)
        return __("%(found)s, %(taken)s taken") % {
            "found": found % {"number": source.found},
            "taken": source.taken,
        }

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
