"""Plans for warming up: what they allow each day, and what each provider was sent."""

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.formats import date_format, number_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.widgets import UnfoldAdminTextInputWidget

from digests.delivery.warmup import plans
from digests.delivery.warmup.providers import KNOWN
from digests.models import WarmUp, WarmUpDay
from subscriptions.admin.fields import DayInput
from subscriptions.badges import badge
from subscriptions.clock import database_now
from subscriptions.local_times import day_of

SHOWN_PROVIDERS = 3
SHOWN_DAYS = 60
COMING_DAYS = 7


class ProviderInput(UnfoldAdminTextInputWidget):
    """Known names are offered; any other is the domain of a provider's mail servers."""

    def __init__(self) -> None:
        super().__init__(attrs={"list": "known-providers"})

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        field: SafeString = super().render(name, value, attrs, renderer)
        options = format_html_join("", '<option value="{}"></option>', ((one,) for one in KNOWN))
        return format_html('{}<datalist id="known-providers">{}</datalist>', field, options)


class WarmUpForm(forms.ModelForm):  # type: ignore[type-arg]  # it takes none at run time
    class Meta:
        model = WarmUp
        fields = ("provider", "starts_on", "first_day", "growth_percent", "is_active")
        widgets = {"provider": ProviderInput(), "starts_on": DayInput()}

    def clean_provider(self) -> str:
        """“gmail” is Gmail; a domain is written small."""
        given: str = self.cleaned_data["provider"].strip()
        return next((name for name in KNOWN if name.lower() == given.lower()), given.lower())


@admin.register(WarmUp)
class WarmUpAdmin(ModelAdmin):
    form = WarmUpForm
    list_display = ("provider_name", "state", "begins", "first_day", "growth", "today")
    fieldsets = (
        (None, {"fields": ("provider", "starts_on", "first_day", "growth_percent", "is_active")}),
        (_("How it goes"), {"fields": ("coming", "past")}),
    )
    readonly_fields = ("coming", "past")

    def save_model(self, request: HttpRequest, obj: WarmUp, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if change:
            plans.change(obj, now=database_now())

    @admin.display(description=_("mailbox provider"), ordering="provider")
    def provider_name(self, plan: WarmUp) -> str:
        return str(plan)

    @admin.display(description=_("state"), ordering="is_active")
    def state(self, plan: WarmUp) -> str:
        if not plan.is_active:
            return badge(__("Ended"))
        if plan.starts_on > plans.today(database_now()):
            return badge(__("To come"), "busy")
        return badge(__("In force"), "good")

    @admin.display(description=_("starts on"), ordering="starts_on")
    def begins(self, plan: WarmUp) -> str:
        return day_of(plan.starts_on)

    @admin.display(description=_("growth a day"), ordering="growth_percent")
    def growth(self, plan: WarmUp) -> str:
        return f"{plan.growth_percent} %"

    @admin.display(description=_("today"))
    def today(self, plan: WarmUp) -> str:
        """Show today's figures of the plan's largest mailbox providers."""
        rows = plan.days.filter(day=plans.today(database_now())).order_by("-used")
        return ", ".join(f"{row.provider}: {_of(row)}" for row in rows[:SHOWN_PROVIDERS]) or "–"

    @admin.display(description=_("the first days"))
    def coming(self, plan: WarmUp) -> str:
        """Show what the first days allow, if each day is used and borne."""
        if plan._state.adding:
            return __("Save it to see what it allows.")
        ceiling, lines = plan.first_day, []
        for number in range(COMING_DAYS):
            day = plan.starts_on + timedelta(days=number)
            lines.append((date_format(day, "D j M"), number_format(ceiling, force_grouping=True)))
            ceiling += ceiling * plan.growth_percent // 100
        return _table(lines)

    @admin.display(description=_("what was sent"))
    def past(self, plan: WarmUp) -> str:
        rows = plan.days.all()[:SHOWN_DAYS] if plan.pk else []
        lines = [(f"{date_format(row.day, 'D j M')}, {row.provider}", _of(row)) for row in rows]
        return _table(lines) if lines else __("Nobody yet.")


def _of(row: WarmUpDay) -> str:
    return __("%(used)s of %(ceiling)s") % {
        "used": number_format(row.used, force_grouping=True),
        "ceiling": number_format(row.ceiling, force_grouping=True),
    }


def _table(lines: list[tuple[str, str]]) -> str:
    cells = format_html_join("", "<tr><th scope='row'>{}</th><td>{}</td></tr>", lines)
    return format_html('<table class="desk-table">{}</table>', cells)
