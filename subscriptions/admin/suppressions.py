"""Addresses that are never mailed again, found by their keyed hash so that erased ones are found too."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.paginator import InfinitePaginator

from subscriptions.admin.evidence import EvidenceMixin
from subscriptions.admin.moments import moment
from subscriptions.mailing import suppression
from subscriptions.models import Suppression


@admin.register(Suppression)
class SuppressionAdmin(EvidenceMixin, ModelAdmin):
    list_display = ("shown_address", "reason", "note", "created")
    list_filter = ("reason",)
    search_fields = ("address",)
    search_help_text = _("A whole address; found even after it was erased.")
    fields = ("shown_address", "reason", "note", "created")
    readonly_fields = fields
    created = moment("created_at", _("since"))
    paginator = InfinitePaginator
    show_full_result_count = False

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Suppression], search_term: str
    ) -> tuple[QuerySet[Suppression], bool]:
        if search_term.strip():
            queryset = queryset.filter(address_hash=suppression.address_hash(search_term.strip()))
        return queryset, False

    @admin.display(description=_("address"))
    def shown_address(self, row: Suppression) -> str:
        return str(row)
