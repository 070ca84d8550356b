"""Sponsor bookings: who has which slot when, and the proof of what was sent."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import UploadedFile
from django.db import models
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_GET
from unfold.admin import ModelAdmin
from unfold.widgets import UnfoldAdminFileFieldWidget, UnfoldBooleanSwitchWidget

from digests.admin.preview import FRAME_POLICY, WITH_IMAGES, Shown, html_of
from digests.assembly.pictures import MOST_BYTES
from digests.choices import TAKING_STATES, BookingState
from digests.models import Booking
from digests.sponsors import sponsor_proofs, sponsoring
from subscriptions.admin.fields import DayInput
from subscriptions.admin.files import FilesAgain
from subscriptions.admin.web_addresses import HTTPS
from subscriptions.badges import Tone, badge
from subscriptions.clock import database_now
from subscriptions.local_times import day_of

TONES: Mapping[str, Tone] = {
    BookingState.HELD: "warn",
    BookingState.BOOKED: "good",
    BookingState.SENT: "busy",
    BookingState.CANCELLED: "bad",
}


class BookingForm(FilesAgain):
    picture = forms.FileField(
        label=_("Picture"),
        required=False,
        widget=UnfoldAdminFileFieldWidget(),
        help_text=_(
            "JPEG, PNG, WebP, AVIF or GIF, 10 MB at most. It takes the place of an earlier one."
        ),
    )
    without_picture = forms.BooleanField(
        label=_("Remove the picture"), required=False, widget=UnfoldBooleanSwitchWidget()
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        if "state" in self.fields:  # it is not where the page is only looked at
            state: Any = self.fields["state"]
            state.choices = [one for one in BookingState.choices if one[0] != BookingState.SENT]

    def clean_picture(self) -> Any:
        given = self.cleaned_data["picture"]
        if not isinstance(given, UploadedFile):
            return None
        if (given.size or 0) > MOST_BYTES:
            raise forms.ValidationError(__("The picture is not taken. It is larger than 10 MB."))
        try:
            return sponsoring.kept_picture(given.read())
        except sponsoring.Refused as refusal:
            raise forms.ValidationError(str(refusal)) from None

    def _post_clean(self) -> None:
        super()._post_clean()
        booking: Booking = self.instance
        if self.cleaned_data.get("picture"):
            booking.image = self.cleaned_data["picture"]
        elif self.cleaned_data.get("without_picture"):
            booking.image = None

    def clean(self) -> dict[str, Any]:
        """The slot is free: said with who has it, before the database says no."""
        cleaned = super().clean() or self.cleaned_data
        wanted = ("newsletter", "place", "starts_on", "ends_on")
        if (
            any(not cleaned.get(name) for name in wanted)
            or cleaned.get("state") not in TAKING_STATES
        ):
            return cleaned
        booking = Booking(pk=self.instance.pk, **{name: cleaned[name] for name in wanted})
        try:
            sponsoring.check_free(booking, now=database_now())
        except sponsoring.Refused as refusal:
            self.add_error("starts_on", str(refusal))
        return cleaned


@admin.register(Booking)
class BookingAdmin(ModelAdmin):
    form = BookingForm
    list_display = ("days_shown", "newsletter", "place", "sponsor", "shown_state", "proof_page")
    list_display_links = ("days_shown", "sponsor")
    list_filter = ("newsletter", "state", "place")
    list_select_related = ("newsletter",)
    search_fields = ("sponsor", "headline")
    date_hierarchy = "starts_on"
    ordering = ("-starts_on", "newsletter", "place")
    list_per_page = 50
    warn_unsaved_form = True
    formfield_overrides: Mapping[Any, Any] = {**HTTPS, models.DateField: {"widget": DayInput}}
    readonly_fields = ("picture_now", "proof_page")
    fieldsets = (
        (
            None,
            {
                "fields": (
                    "sponsor",
                    ("newsletter", "place"),
                    ("starts_on", "ends_on"),
                    ("state", "held_until"),
                    "proof_page",
                )
            },
        ),
        (
            _("What readers see"),
            {
                "fields": (
                    "label",
                    "headline",
                    "text",
                    "link",
                    "picture_now",
                    "picture",
                    "image_alt",
                    "without_picture",
                )
            },
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Booking]:
        queryset: QuerySet[Booking] = super().get_queryset(request)
        return queryset.select_related("newsletter", "image")

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Offer no upload to staff who may only look, or who look at a booking that was sent."""
        fieldsets = super().get_fieldsets(request, obj)
        may = self.has_change_permission(request, obj) if obj else self.has_add_permission(request)
        if may:
            return fieldsets
        offers = {"picture", "without_picture"}
        return [
            (name, options | {"fields": [f for f in options["fields"] if f not in offers]})
            for name, options in fieldsets
        ]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """What was sent is evidence."""
        if obj is not None and obj.state == BookingState.SENT:
            return False
        return bool(super().has_change_permission(request, obj))

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Forbid deleting a booking: it is cancelled, and what it showed stays known."""
        return False

    @admin.display(description=_("days"), ordering="starts_on")
    def days_shown(self, booking: Booking) -> str:
        return booking.days

    @admin.display(description=_("state"), ordering="state")
    def shown_state(self, booking: Booking) -> str:
        word = str(booking.get_state_display())
        if booking.state == BookingState.HELD and booking.held_until:
            word = __("Held until %(day)s") % {"day": day_of(booking.held_until)}
        return badge(word, TONES.get(booking.state, "plain"))

    @admin.display(description=_("picture now"))
    def picture_now(self, booking: Booking) -> str:
        if booking.image is None:
            return __("None")
        return format_html(
            '<img src="{}" alt="{}" width="240">', booking.image.file.url, booking.image_alt
        )

    @admin.display(description=_("proof"))
    def proof_page(self, booking: Booking) -> str:
        if booking._state.adding:
            return __("Shown once it is saved")
        page = reverse("admin:digests_booking_proof", args=[booking.pk])
        return format_html('<a class="desk-link" href="{}">{}</a>', page, __("What was sent"))

    def get_urls(self) -> list[URLPattern]:
        proof = self.admin_site.admin_view(require_GET(self.proof))
        mail = xframe_options_sameorigin(self.admin_site.admin_view(require_GET(self.proof_mail)))
        return [
            path("<int:booking_id>/proof/", proof, name="digests_booking_proof"),
            path(
                "<int:booking_id>/proof/<int:version_id>/mail.html",
                mail,
                name="digests_booking_proof_mail",
            ),
            *super().get_urls(),
        ]

    def proof(self, request: HttpRequest, booking_id: int) -> HttpResponse:
        booking = self._booking(request, booking_id)
        proofs = sponsor_proofs.proofs_of(booking)
        context = {
            "original": booking,
            "title": __("Proof for %(sponsor)s") % {"sponsor": booking.sponsor},
            "opts": self.opts,
            "booking": booking,
            "proofs": proofs,
            "accepted": sum(proof.accepted for proof in proofs),
            "sees_digests": request.user.has_perm("digests.view_digest"),
        }
        return TemplateResponse(
            request,
            "admin/digests/sponsor_proof.html",
            self.admin_site.each_context(request) | context,
        )

    def proof_mail(self, request: HttpRequest, booking_id: int, version_id: int) -> HttpResponse:
        """Show the email of a version as it went out, made out to a sample reader."""
        booking = self._booking(request, booking_id)
        for version in sponsor_proofs.versions_with(booking):
            if version.pk == version_id:
                html = html_of(Shown(version.digest, version, "").mail())
                policy = FRAME_POLICY.format(images=WITH_IMAGES)
                return HttpResponse(html, headers={"Content-Security-Policy": policy})
        raise Http404

    def _booking(self, request: HttpRequest, booking_id: int) -> Booking:
        booking = get_object_or_404(self.get_queryset(request), pk=booking_id)
        if not self.has_view_permission(request, booking):
            raise PermissionDenied
        return booking
