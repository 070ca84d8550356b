"""The one publisher: a form without a list."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.widgets import UnfoldAdminColorInputWidget

from subscriptions.admin.web_addresses import HTTPS
from subscriptions.models import Publisher


@admin.register(Publisher)
class PublisherAdmin(ModelAdmin):
    warn_unsaved_form = True
    formfield_overrides = HTTPS
    fieldsets = (
        (None, {"fields": ("name", "logo", "colour", "zone", "language")}),
        (_("In every mail"), {"fields": ("postal_address", "privacy_url")}),
        (_("Sender"), {"fields": ("sender_name", "sender_address")}),
        (_("Alerts"), {"fields": ("alert_address",)}),
    )

    def get_form(self, request: HttpRequest, *args: Any, **options: Any) -> Any:
        return super().get_form(
            request, *args, widgets={"colour": UnfoldAdminColorInputWidget()}, **options
        )

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        return redirect("admin:subscriptions_publisher_change", Publisher.objects.current().pk)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
