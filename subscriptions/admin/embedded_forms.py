"""Embedded forms: what they say and offer, where they may stand, the snippet to copy, and what they brought."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern
from django.utils.formats import number_format
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.decorators import action
from unfold.widgets import UnfoldAdminTextareaWidget

from subscriptions.admin import embedded_pages
from subscriptions.admin.inlines import TabularRows
from subscriptions.admin.rows import row_or_404
from subscriptions.badges import Tone, badge
from subscriptions.choices import EmbeddedFormState
from subscriptions.clock import database_now
from subscriptions.embed import growth
from subscriptions.embed.snippets import snippets
from subscriptions.models import EmbeddedForm, EmbeddedFormNewsletter
from subscriptions.origins import normalise_origin, validate_origin

TONES: Mapping[str, Tone] = {EmbeddedFormState.ACTIVE: "good"}
MOST_ORIGINS = 50


class OriginsField(forms.CharField):
    """Web origins, one a line; written well even where staff did not."""

    def prepare_value(self, value: Any) -> str:
        return "\n".join(value) if isinstance(value, list) else value or ""

    def to_python(self, value: Any) -> list[str]:  # type: ignore[override]  # what the model keeps
        lines = [line for line in (value or "").splitlines() if line.strip()]
        if len(lines) > MOST_ORIGINS:
            raise forms.ValidationError(_("These are more sites than one form may stand on."))
        origins = []
        for line in lines:
            try:
                origins.append(normalise_origin(line))
            except ValueError:
                validate_origin(line)
        return list(dict.fromkeys(origins))

    def has_changed(self, initial: Any, data: Any) -> bool:
        return self.prepare_value(initial).split() != (data or "").split()


class EmbeddedFormForm(forms.ModelForm):  # type: ignore[type-arg]  # plain at run time
    allowed_origins = OriginsField(
        label=_("Allowed origins"),
        required=False,
        help_text=EmbeddedForm._meta.get_field("allowed_origins").help_text,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 4, "spellcheck": "false"}),
    )

    class Meta:
        model = EmbeddedForm
        fields = "__all__"  # noqa: DJ007 - the admin names them, in its fieldsets
        widgets = {"copy": UnfoldAdminTextareaWidget(attrs={"rows": 3})}


class NewsletterInline(TabularRows):
    model = EmbeddedFormNewsletter
    fields = ("newsletter", "is_preselected", "position")
    ordering_field = "position"
    hide_ordering_field = True
    min_num = 1


@admin.register(EmbeddedForm)
class EmbeddedFormAdmin(ModelAdmin):
    form = EmbeddedFormForm
    list_display = ("placement", "shown_state", "offered", "sites", "sign_ups", "confirmed")
    list_filter = ("state",)
    search_fields = ("placement", "headline", "public_id")
    list_per_page = 50
    inlines = (NewsletterInline,)
    warn_unsaved_form = True
    actions = None
    actions_list = ("by_page",)
    actions_detail = ("by_page_of_form",)
    change_form_outer_after_template = "admin/subscriptions/embedded_form.html"
    fieldsets = (
        (None, {"fields": ("placement", "state", "allowed_origins")}),
        (
            _("What a reader sees"),
            {"fields": ("headline", "copy", "button_text", "success_text", "language")},
        ),
        (_("Choice and look"), {"fields": ("readers_choose", "colour_scheme", "accent")}),
    )

    class Media:
        js = ("desk/embedded_form.js",)

    def get_urls(self) -> list[URLPattern]:
        return [*embedded_pages.urls(self), *super().get_urls()]

    def get_queryset(self, request: HttpRequest) -> QuerySet[EmbeddedForm]:
        queryset: QuerySet[EmbeddedForm] = super().get_queryset(request)
        return queryset.prefetch_related("newsletters")

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """What the forms of this page brought is asked for once, for all of them."""
        response: HttpResponse = super().changelist_view(request, extra_context)
        if isinstance(response, TemplateResponse) and response.context_data:
            found = response.context_data["cl"].result_list
            counted = growth.by_form(
                [form.pk for form in found], since=database_now() - growth.WINDOW
            )
            for form in found:
                form.growth = counted[form.pk]
        return response

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **options: Any
    ) -> HttpResponse:
        form = context.get("original")
        if form is not None:
            context["snippets"] = snippets(form)
        response: HttpResponse = super().render_change_form(request, context, *args, **options)
        return response

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Forbid deleting a form that brought readers: it is their proof, and is retired instead."""
        is_proof = obj is not None and (obj.sign_ups.exists() or obj.consents.exists())
        return not is_proof and bool(super().has_delete_permission(request, obj))

    @admin.display(description=_("state"), ordering="state")
    def shown_state(self, form: EmbeddedForm) -> str:
        return badge(form.get_state_display(), TONES.get(form.state, "plain"))

    @admin.display(description=_("newsletters"))
    def offered(self, form: EmbeddedForm) -> str:
        return ", ".join(newsletter.name for newsletter in form.newsletters.all())

    @admin.display(description=_("sites"))
    def sites(self, form: EmbeddedForm) -> str:
        return ", ".join(origin.partition("://")[2] for origin in form.allowed_origins)

    @admin.display(description=_("sign-ups, 30 days"))
    def sign_ups(self, form: EmbeddedForm) -> str:
        return number_format(_growth(form).sign_ups, force_grouping=True)

    @admin.display(description=_("confirmed of these"))
    def confirmed(self, form: EmbeddedForm) -> str:
        return number_format(_growth(form).confirmed, force_grouping=True)

    @action(description=_("Growth by page"), url_path="by-page-list", icon="query_stats")
    def by_page(self, request: HttpRequest) -> HttpResponse:
        return embedded_pages.report(self, request)

    @action(description=_("Growth by page"), url_path="by-page", icon="query_stats")
    def by_page_of_form(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return embedded_pages.report(self, request, row_or_404(self, request, object_id))


def _growth(form: EmbeddedForm) -> growth.Growth:
    found: growth.Growth = getattr(form, "growth", growth.Growth())
    return found
