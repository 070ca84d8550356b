"""Templates: how each newsletter's mails look. The page of one is design_desk.py."""

from typing import Any

from django.contrib import admin
from django.db.models import Count, Max, QuerySet
from django.http import HttpRequest
from django.urls import URLPattern
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin

from digests.admin import design_desk
from digests.models import Template
from subscriptions.local_times import here


@admin.register(Template)
class TemplateAdmin(ModelAdmin):
    list_display = ("newsletter", "design", "swatches", "section_count", "changed")
    list_filter = ("design",)
    search_fields = ("newsletter__name",)
    list_select_related = ("newsletter",)
    ordering = ("newsletter__position", "newsletter__name")
    actions = None

    def get_urls(self) -> list[URLPattern]:
        return [*design_desk.urls(self), *super().get_urls()]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Template]:
        queryset: QuerySet[Template] = super().get_queryset(request)
        return queryset.annotate(
            sections_now=Count("sections", distinct=True), changed_at=Max("look_changes__at")
        )

    def has_add_permission(self, request: HttpRequest) -> bool:
        """A newsletter brings its own."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.display(description=_("colours"))
    def swatches(self, template: Template) -> SafeString:
        """Those of its own; the design's are not repeated."""
        own = (
            template.band or template.newsletter.colour,
            template.accent,
            template.ink,
            template.paper,
        )
        return format_html_join(
            "",
            '<span class="desk-swatch" style="background:{}" title="{}"></span>',
            ((colour, colour) for colour in own if colour),
        )

    @admin.display(description=_("sections"), ordering="sections_now")
    def section_count(self, template: Any) -> int:
        return int(template.sections_now)

    @admin.display(description=_("last change"), ordering="changed_at")
    def changed(self, template: Any) -> str:
        return here(template.changed_at) if template.changed_at else str(_("Never"))
