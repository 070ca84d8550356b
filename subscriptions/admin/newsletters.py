"""Newsletters as products: what a reader sees and who writes. How they are made is added by the app above."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import admin
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest
from django.utils.formats import number_format
from django.utils.html import format_html, format_html_join
from django.utils.timezone import get_current_timezone_name
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.widgets import UnfoldAdminColorInputWidget

from subscriptions.admin.files import FilesAgain
from subscriptions.admin.web_addresses import HTTPS
from subscriptions.badges import Tone, badge
from subscriptions.choices import NewsletterState
from subscriptions.clock import database_now
from subscriptions.illustrations import BadPicture, shrunk
from subscriptions.leaving_reasons import LeavingReason
from subscriptions.local_times import beside
from subscriptions.models import LeavingAnswer, Newsletter, NewsletterGroup

A_YEAR = timedelta(days=365)
TONES: Mapping[str, Tone] = {
    NewsletterState.PENDING: "busy",
    NewsletterState.LIVE: "good",
    NewsletterState.PAUSED: "warn",
}


class NewsletterForm(FilesAgain):
    def clean_illustration(self) -> Any:
        """What is newly uploaded is cut and made light; what was there, or nothing, stays as it is."""
        given = self.cleaned_data["illustration"]
        if not isinstance(given, UploadedFile):
            return given
        given.seek(0)
        try:
            return shrunk(given, given.name or "")
        except BadPicture:
            raise forms.ValidationError(
                _("This picture cannot be read. Please save it as JPEG or PNG.")
            ) from None


@admin.register(NewsletterGroup)
class NewsletterGroupAdmin(ModelAdmin):
    list_display = ("name", "position")
    list_editable = ("position",)
    search_fields = ("name",)


@admin.register(Newsletter)
class NewsletterAdmin(ModelAdmin):
    form = NewsletterForm
    list_display = ("name", "shown_state", "active_readers", "frequency", "sign_up_page")
    list_filter = ("state",)
    search_fields = ("name", "slug")
    readonly_fields = ("active_readers", "sign_up_page", "reasons_to_leave")
    prepopulated_fields = {"slug": ("name",)}
    warn_unsaved_form = True
    formfield_overrides = HTTPS
    fieldsets = (
        (None, {"fields": ("name", "slug", "state", "active_readers", "sign_up_page")}),
        (
            _("What a reader sees"),
            {
                "classes": ("tab",),
                "fields": (
                    "description",
                    "frequency",
                    "sign_up_headline",
                    "example_url",
                    "illustration",
                    "colour",
                    "language",
                    "group",
                    "position",
                    "archive",
                ),
            },
        ),
        (
            _("Welcome"),
            {"classes": ("tab",), "fields": ("welcomes", "welcome_text")},
        ),
        (
            _("Staying and leaving"),
            {"classes": ("tab",), "fields": ("lighter", "tracking", "reasons_to_leave")},
        ),
        (
            _("Who writes"),
            {
                "classes": ("tab",),
                "fields": ("sender_name", "sender_address", "reply_to", "postal_address"),
                "description": _("Left blank, the publisher’s own stand in the mail."),
            },
        ),
    )

    list_select_related = ("readercount",)

    def get_form(self, request: HttpRequest, *args: Any, **options: Any) -> Any:
        return super().get_form(
            request, *args, widgets={"colour": UnfoldAdminColorInputWidget()}, **options
        )

    @admin.display(description=_("state"), ordering="state")
    def shown_state(self, newsletter: Newsletter) -> str:
        return badge(newsletter.get_state_display(), TONES.get(newsletter.state, "plain"))

    @admin.display(description=_("active readers"))
    def active_readers(self, newsletter: Newsletter) -> str:
        """Show the readers as they were counted last (subscriptions/audience.py), and when that was."""
        if newsletter._state.adding:
            return number_format(0)
        counted = getattr(newsletter, "readercount", None)
        if counted is None:
            return str(_("not counted yet"))
        zone = get_current_timezone_name()
        return format_html(
            '{} <span class="desk-quiet">{}</span>',
            number_format(counted.readers, force_grouping=True),
            _("as of %(time)s") % {"time": beside(counted.counted_at, zone, of=database_now())},
        )

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **options: Any) -> Any:
        """A newsletter is no lighter one of itself."""
        if db_field.name == "lighter" and request.resolver_match is not None:
            own = request.resolver_match.kwargs.get("object_id")
            options["queryset"] = Newsletter.objects.others_than(own)
        return super().formfield_for_foreignkey(db_field, request, **options)

    @admin.display(description=_("why readers unsubscribed"))
    def reasons_to_leave(self, newsletter: Newsletter) -> str:
        if newsletter._state.adding:
            return ""
        counts = LeavingAnswer.objects.counts(newsletter.pk, since=database_now() - A_YEAR)
        if not counts:
            return str(_("Nobody has said in the last year."))
        words = dict(LeavingReason.choices)
        rows = ((words[reason], number_format(count)) for reason, count in counts)
        return format_html("<ul>{}</ul>", format_html_join("", "<li>{}: {}</li>", rows))

    @admin.display(description=_("sign-up page"))
    def sign_up_page(self, newsletter: Newsletter) -> str:
        if newsletter._state.adding or not newsletter.is_live:
            return str(_("Shown once it is live"))
        return format_html(
            '<a class="desk-link" href="{}">{}</a>',
            f"/#{newsletter.slug}",
            _("View sign-up page"),
        )
