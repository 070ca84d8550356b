"""What staff fill in about a digest."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
)

from digests.models import Digest, Schedule
from digests.timing import Kind, resolve
from subscriptions.zones import clock_of

# Most phones show about this much of a line in the list of mails.
SUBJECT_SEEN = 45
PREHEADER_SEEN = 90


class NoFieldsForm(forms.ModelForm):  # type: ignore[type-arg]  # plain at run time
    """A digest's page shows how it stands; what is in it is changed in the composer."""

    class Meta:
        model = Digest
        fields = ()


class DecisionForm(forms.Form):
    """A form that knows its digest."""

    def __init__(self, *args: Any, digest: Digest, **options: Any) -> None:
        self.digest = digest
        super().__init__(*args, **options)


class ApproveForm(DecisionForm):
    """`seen` is the fingerprint of what was on the screen when the button was pressed."""

    seen = forms.CharField(widget=forms.HiddenInput(), max_length=64)


class CancelForm(DecisionForm):
    reason = forms.CharField(
        label=_("Why"),
        max_length=200,
        required=False,
        widget=UnfoldAdminTextInputWidget(),
        help_text=_("For your colleagues; readers do not see it."),
    )


class SkipForm(DecisionForm):
    reason = forms.CharField(
        label=_("Why"),
        max_length=200,
        required=False,
        widget=UnfoldAdminTextInputWidget(),
        help_text=_("For your colleagues: a holiday, say. Readers do not see it."),
    )


class RescheduleForm(DecisionForm):
    at = forms.CharField(
        label=_("New time"),
        widget=UnfoldAdminTextInputWidget({"type": "datetime-local", "step": 60}),
    )

    def __init__(self, *args: Any, digest: Digest, **options: Any) -> None:
        super().__init__(*args, digest=digest, **options)
        local = digest.due_at.astimezone(clock_of(digest.zone))
        self.fields["at"].initial = f"{local:%Y-%m-%dT%H:%M}"
        self.fields["at"].help_text = _("In the time of %(zone)s.") % {"zone": digest.zone}

    def clean_at(self) -> datetime:
        """The instant, aware."""
        try:
            local = datetime.fromisoformat(self.cleaned_data["at"])
        except ValueError:
            raise forms.ValidationError(_("Write it as 2026-11-24T06:30.")) from None
        if local.tzinfo is not None:
            raise forms.ValidationError(_("Write the local time, without an offset."))
        found = resolve(local.date(), local.time(), ZoneInfo(self.digest.zone))
        if found is None or found.kind is Kind.SHIFTED:
            raise forms.ValidationError(_("The clocks change then, and this time does not exist."))
        return found.at


class MakeForm(forms.Form):
    """A digest by hand: whose, and on which day."""

    schedule = forms.ModelChoiceField(
        Schedule.objects.select_related("newsletter").exclude(newsletter__state="closed"),
        label=_("Newsletter"),
        empty_label=None,
        widget=UnfoldAdminSelectWidget(),
    )
    day = forms.DateField(
        label=_("Day"),
        widget=UnfoldAdminTextInputWidget({"type": "date"}),
        help_text=_("Also one on which its schedule has none. It goes out at the schedule’s time."),
    )
