"""How a newsletter's digests are made, on the newsletter's own page: the template's rules, schedules."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.options import IS_POPUP_VAR
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.decorators import action
from unfold.widgets import (
    INPUT_CLASSES,
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminTextInputWidget,
)

from digests.admin.rule_of_two import (
    ApprovalRuleForm,
    RuleOfTwoMixin,
    SecondPersonForm,
    warn_of_rules,
)
from digests.choices import Weekday
from digests.designing.beginning import begin
from digests.models import Schedule, Template
from digests.plan import planning
from digests.words import local_time_words
from subscriptions import audience
from subscriptions.addresses import BadAddress, normalise
from subscriptions.admin.fields import DayInput, ZoneInput
from subscriptions.admin.inlines import StackedRows
from subscriptions.admin.newsletters import NewsletterAdmin
from subscriptions.admin.rows import row_or_404
from subscriptions.clock import database_now
from subscriptions.models import Newsletter, Publisher

# A change of one of these moves the digests that are still to come.
TIMES = frozenset(
    {
        "weekdays",
        "local_time",
        "zone",
        "lead_minutes",
        "deadline_minutes",
        "remind_minutes",
        "catch_up_minutes",
        "approval_rule",
        "is_active",
        "starts_on",
        "is_local_time",
        "past_rule",
    }
)


# The template's look and its sections have a page of their own (design_desk.py).
RULES = (
    "subject",
    "intro",
    "outro",
    "minimum_stories",
    "no_repeat_days",
    "link_parameters",
    "needs_second_person",
    "seed_addresses",
    "hold_minutes",
    "uncertain_policy",
    "expires_after_hours",
)


class TemplateForm(SecondPersonForm):
    class Meta:
        model = Template
        fields = RULES
        widgets = {"seed_addresses": UnfoldAdminTextInputWidget()}
        help_texts = {
            "seed_addresses": _(
                "Addresses that receive each digest first, separated by commas. Only readers of this "
                "newsletter can be seeds; other addresses are ignored."
            )
        }

    def clean_seed_addresses(self) -> list[str]:
        """Who of them is a reader is not looked at here: the answer would tell it (see _tell_of_strangers)."""
        addresses: list[str] = self.cleaned_data["seed_addresses"]
        wrong = [address for address in addresses if not _is_address(address)]
        if wrong:
            raise forms.ValidationError(
                __("Not an email address: %(addresses)s") % {"addresses": ", ".join(wrong)}
            )
        return addresses

    def save(self, commit: bool = True) -> Template:
        """Save only what was changed here.

        Somebody may be saving the design, or switching the second approval on, just now.
        """
        template: Template = self.instance
        if commit and template.pk is not None and not self.errors:
            template.save(update_fields=[name for name in RULES if name in self.changed_data])
            return template
        saved: Template = super().save(commit)
        return saved


def _is_address(text: str) -> bool:
    try:
        normalise(text)
    except BadAddress:
        return False
    return True


class TemplateInline(RuleOfTwoMixin, StackedRows):
    model = Template
    form = TemplateForm
    verbose_name_plural = _("Template")
    can_delete = False
    extra = 1
    tab = True


class ScheduleForm(ApprovalRuleForm):
    weekdays = forms.TypedMultipleChoiceField(
        choices=Weekday,
        coerce=int,
        label=_("Weekdays"),
        widget=UnfoldAdminCheckboxSelectMultipleWidget(),
        error_messages={"required": _("Choose at least one day.")},
    )

    class Meta:
        model = Schedule
        exclude: tuple[str, ...] = ()
        # Not Unfold's pickers: they warn of the server's clock, which says nothing about a newsletter's zone.
        widgets = {
            "slot": UnfoldAdminTextInputWidget(),
            "local_time": forms.TimeInput(
                {"type": "time", "class": " ".join(INPUT_CLASSES)}, format="%H:%M"
            ),
            "starts_on": DayInput(),
            "zone": ZoneInput(),
        }
        error_messages = {"local_time": {"required": _("Say at what time it goes out.")}}

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        if self.instance.pk is None:
            self.initial.setdefault("zone", Publisher.objects.current().zone)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        lead, deadline = cleaned.get("lead_minutes"), cleaned.get("deadline_minutes")
        if lead is not None and deadline is not None and deadline > lead:
            self.add_error(
                "deadline_minutes",
                _("The rule cannot decide before the digest is assembled."),
            )
        return cleaned


class ScheduleInline(RuleOfTwoMixin, StackedRows):
    model = Schedule
    form = ScheduleForm
    readonly_fields = ("spread",)
    verbose_name_plural = _("Schedules")
    tab = True
    fields = (
        ("slot", "is_active"),
        "weekdays",
        ("local_time", "zone"),
        ("is_local_time", "past_rule"),
        "spread",
        "starts_on",
        ("lead_minutes", "deadline_minutes"),
        "approval_rule",
        ("remind_minutes", "catch_up_minutes"),
    )

    @admin.display(description=_("Across the world"))
    def spread(self, schedule: Any) -> str:
        """What local time would mean, or means, for this newsletter's readers."""
        if schedule.pk is None:
            return __("Save it first; then this says when the first and the last readers get it.")
        newsletter = schedule.newsletter_id
        told = local_time_words.of_readers(*audience.about_with_zone(newsletter), schedule.zone)
        return f"{local_time_words.of_schedule(schedule, now=database_now())} {told}".strip()


admin.site.unregister(Newsletter)


@admin.register(Newsletter)
class PlannedNewsletterAdmin(NewsletterAdmin):
    actions_detail = ("look_and_sections",)

    @action(
        description=_("Look and sections"),
        url_path="look",
        icon="palette",
        permissions=["look"],
    )
    def look_and_sections(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return redirect("admin:digests_template_of", row_or_404(self, request, object_id).pk)

    def has_look_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return bool(request.user.has_perm("digests.view_template"))

    def get_inlines(self, request: HttpRequest, obj: Any) -> Any:
        return (TemplateInline, ScheduleInline) if obj else ()

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if not change:
            begin(obj)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        super().save_formset(request, form, formset, change)
        if formset.model is Template:
            self._tell_of_strangers(request, form.instance)
        if formset.model is not Schedule:
            return
        warn_of_rules(self, request, form.instance)
        for schedule, changed in formset.changed_objects:
            if TIMES & set(changed):
                self._follow(request, schedule)

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: Any = None) -> Any:
        """Go on to the newsletter's sections and schedules, without which nothing goes out."""
        response = super().response_add(request, obj, post_url_continue)
        if "_addanother" in request.POST or IS_POPUP_VAR in request.POST:
            return response
        return redirect("admin:subscriptions_newsletter_change", obj.pk)

    def _tell_of_strangers(self, request: HttpRequest, newsletter: Newsletter) -> None:
        """Warn of seeds who do not get the newsletter, but only if this person may see readers.

        To others the answer would tell who is a reader.
        """
        template = Template.objects.filter(newsletter=newsletter).first()
        if template is None or not request.user.has_perm("subscriptions.view_subscriber"):
            return
        strangers = audience.strangers(newsletter.pk, template.seed_addresses)
        if strangers:
            text = ngettext(
                "This seed does not get the newsletter, and so no digest either: %(addresses)s",
                "These seeds do not get the newsletter, and so no digest either: %(addresses)s",
                len(strangers),
            )
            self.message_user(request, text % {"addresses": ", ".join(strangers)}, messages.WARNING)

    def _follow(self, request: HttpRequest, schedule: Schedule) -> None:
        moved = planning.follow_schedule(schedule, now=database_now())
        if moved:
            text = ngettext(
                "%(number)s digest that is still to come follows the new times.",
                "%(number)s digests that are still to come follow the new times.",
                moved,
            )
            self.message_user(request, text % {"number": moved}, messages.INFO)
