"""Pages of rows that are evidence: read by staff, never written by them."""

from typing import Any

from django.http import HttpRequest
from unfold.admin import TabularInline

from subscriptions.admin.inlines import TabularRows


class EvidenceMixin:
    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class EvidenceInline(EvidenceMixin, TabularRows):
    """Rows of evidence on the page of what they are about, without a title of their own."""

    if hasattr(TabularInline, "show_title"):
        show_title = False
    else:  # Unfold for Python 3.11 calls it by its older name
        hide_title = True
