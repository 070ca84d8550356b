"""The one publisher: a form without a list."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.widgets import UnfoldAdminColorInputWidget, UnfoldBooleanSwitchWidget

from subscriptions.admin.fields import ZoneInput
from subscriptions.admin.files import FilesAgain
from subscriptions.admin.web_addresses import HTTPS
from subscriptions.illustrations import BadPicture, as_logo
from subscriptions.models import Publisher
from subscriptions.webhook_secrets import new_webhook_secret


class PublisherForm(FilesAgain):
    new_secret = forms.BooleanField(
        required=False,
        label=_("Make a new secret"),
        help_text=_("The receiver must be given it; the old one is no longer used."),
        widget=UnfoldBooleanSwitchWidget(),
    )

    class Meta:
        model = Publisher
        fields = ()  # the admin names them

    def clean_logo(self) -> Any:
        """What is newly uploaded is made ours; what was there, or nothing, stays as it is."""
        given = self.cleaned_data["logo"]
        if not isinstance(given, UploadedFile):
            return given
        given.seek(0)
        try:
            return as_logo(given, given.name or "")
        except BadPicture:
            raise forms.ValidationError(
                _("This picture cannot be read. Please save it as JPEG or PNG.")
            ) from None


@admin.register(Publisher)
class PublisherAdmin(ModelAdmin):
    warn_unsaved_form = True
    formfield_overrides = HTTPS
    fieldsets = (
        (None, {"fields": ("name", "logo", "colour", "zone", "language")}),
        (_("In every email"), {"fields": ("postal_address", "privacy_url")}),
        (_("Sender"), {"fields": ("sender_name", "sender_address")}),
        (_("Sign-ups"), {"fields": ("reminds",)}),
        (_("Alerts"), {"fields": ("alert_address",)}),
    )
    private_fieldsets = (
        (_("Alert webhook"), {"fields": ("alert_webhook_url", "signing_secret", "new_secret")}),
    )
    readonly_fields = ("signing_secret",)
    form = PublisherForm

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Who may only look sees neither the address nor the secret: both are keys to somebody's pager."""
        may_change = self.has_change_permission(request, obj)
        return (*self.fieldsets, *(self.private_fieldsets if may_change else ()))

    @admin.display(description=_("signing secret"))
    def signing_secret(self, publisher: Publisher) -> str:
        if not publisher.alert_webhook_secret:
            return str(_("Made when an address is saved."))
        return format_html('<code class="desk-secret">{}</code>', publisher.alert_webhook_secret)

    def save_model(self, request: HttpRequest, obj: Publisher, form: Any, change: bool) -> None:
        wants_secret = obj.alert_webhook_url and not obj.alert_webhook_secret
        if wants_secret or form.cleaned_data.get("new_secret"):
            obj.alert_webhook_secret = new_webhook_secret()
        super().save_model(request, obj, form, change)

    def get_form(self, request: HttpRequest, *args: Any, **options: Any) -> Any:
        return super().get_form(
            request,
            *args,
            widgets={"colour": UnfoldAdminColorInputWidget(), "zone": ZoneInput()},
            **options,
        )

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        return redirect("admin:subscriptions_publisher_change", Publisher.objects.current().pk)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
