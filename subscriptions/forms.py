"""What a reader fills in."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from subscriptions import addresses
from subscriptions.form_times import time_on_screen
from subscriptions.models import Newsletter

# Nobody chooses and writes an address in less, not even with a browser that fills it in; a simple robot does.
QUICKEST_READER = timedelta(seconds=1)


class AddressField(forms.Field):
    """Gives the normalised address; its errors are those of addresses.py, made for readers."""

    def to_python(self, value: Any) -> str:
        try:
            return addresses.normalise(value or "")
        except addresses.BadAddress as error:
            raise ValidationError(str(error), code="invalid") from error


class SignUpForm(forms.Form):
    """One address for one or more of the given newsletters.

    The choices are held against this list and not looked up, so nothing a stranger writes reaches the database.
    """

    newsletters = forms.MultipleChoiceField(
        error_messages={
            "required": _("Please choose at least one newsletter."),
            "invalid_choice": _(
                "One newsletter you chose is no longer offered. Please look at your choice again."
            ),
        }
    )
    address = AddressField()
    # Hidden from people by the style sheet, and from screen readers; only a robot fills it in.
    website = forms.CharField(required=False)
    shown = forms.CharField(
        error_messages={"required": _("Something went wrong on the way. Please send it once more.")}
    )

    def __init__(self, *args: Any, offered: Sequence[Newsletter], now: datetime, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.offered = {newsletter.slug: newsletter for newsletter in offered}
        self.now = now
        field = self.fields["newsletters"]
        if not isinstance(field, forms.MultipleChoiceField):
            raise TypeError("The field of newsletters takes choices.")
        field.choices = [(newsletter.slug, newsletter.name) for newsletter in offered]

    def clean_newsletters(self) -> list[Newsletter]:
        return [self.offered[slug] for slug in dict.fromkeys(self.cleaned_data["newsletters"])]

    def clean_shown(self) -> timedelta:
        on_screen = time_on_screen(self.cleaned_data["shown"], now=self.now)
        if on_screen is None:
            raise ValidationError(self.fields["shown"].error_messages["required"], code="invalid")
        return on_screen

    @property
    def is_from_a_robot(self) -> bool:
        """Asked of a valid form. A robot gets the answer a reader gets, and nothing is kept."""
        return bool(self.cleaned_data["website"]) or self.cleaned_data["shown"] < QUICKEST_READER
