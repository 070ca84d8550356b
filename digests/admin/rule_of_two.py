"""Who may end the rule of two people: on a newsletter's page, its template's box and its schedules' approval rules."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _

from digests.choices import ApprovalRule
from digests.decisions.second_person import END_RULE
from digests.models import Schedule, Template
from subscriptions.models import Newsletter

BOUND = _("Only staff with the permission “Can end the rule of two people” can switch it off.")
# A rule that sends what nobody has approved.
BY_NOBODY = ApprovalRule.SEND_ASSEMBLED


class RuleOfTwoMixin:
    """Tells an inline's forms whether this person may end the rule."""

    def get_formset(self, request: HttpRequest, obj: Any = None, **options: Any) -> Any:
        formset = super().get_formset(request, obj, **options)  # type: ignore[misc]  # of an inline
        formset.form.may_end_rule = request.user.has_perm(END_RULE)
        return formset


class SecondPersonForm(forms.ModelForm):  # type: ignore[type-arg]  # plain at run time
    may_end_rule = False

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        if self.instance.needs_second_person and not self.may_end_rule:
            field = self.fields["needs_second_person"]
            field.disabled = True  # whatever is posted, it stays
            field.help_text = BOUND


class ApprovalRuleForm(forms.ModelForm):  # type: ignore[type-arg]  # plain at run time
    may_end_rule = False

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        sends_alone = cleaned.get("is_active") and cleaned.get("approval_rule") == BY_NOBODY
        if sends_alone and not self._did_already() and not self.may_end_rule and self._is_bound():
            text = _(
                "This newsletter asks for two people. A schedule that sends without anybody takes the permission "
                "“Can end the rule of two people”."
            )
            self.add_error("approval_rule", text)
        return cleaned

    def _did_already(self) -> bool:
        """Return whether the schedule in the database sends without approval already.

        The instance may hold what was posted.
        """
        kept = Schedule.objects.filter(pk=self.instance.pk, is_active=True, approval_rule=BY_NOBODY)
        return self.instance.pk is not None and kept.exists()

    def _is_bound(self) -> bool:
        bound = Template.objects.filter(needs_second_person=True)
        return bound.filter(newsletter=self.instance.newsletter_id).exists()


def warn_of_rules(model_admin: Any, request: HttpRequest, newsletter: Newsletter) -> None:
    """Warn of schedules that go past the rule of two: whoever switched it on must know."""
    if not Template.objects.filter(newsletter=newsletter, needs_second_person=True).exists():
        return
    schedules = Schedule.objects.filter(
        newsletter=newsletter, is_active=True, approval_rule=BY_NOBODY
    )
    for slot in schedules.values_list("slot", flat=True):
        text = __(
            "This newsletter asks for two people, but its schedule “%(slot)s” sends at the deadline what nobody has "
            "approved. Choose another approval rule for it."
        )
        model_admin.message_user(request, text % {"slot": slot}, messages.WARNING)
