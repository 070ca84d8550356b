"""Fields of staff's forms that Unfold has in another way: a day, and a time zone."""

from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from unfold.widgets import INPUT_CLASSES, UnfoldAdminTextInputWidget


class DayInput(forms.DateInput):
    """A plain field for a day, instead of Unfold's picker.

    The picker's red sign warns of the server's clock, which says nothing about a day of a newsletter.
    """

    input_type = "date"

    def __init__(self) -> None:
        super().__init__({"class": " ".join(INPUT_CLASSES)}, format="%Y-%m-%d")


class ZoneInput(UnfoldAdminTextInputWidget):
    """Names are offered while one types: “berl” finds Europe/Berlin."""

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        names = f"{name}-names"
        field = super().render(name, value, {**(attrs or {}), "list": names}, renderer)
        options = format_html_join(
            "", '<option value="{}"></option>', ((zone,) for zone in sorted(available_timezones()))
        )
        return format_html('{}<datalist id="{}">{}</datalist>', field, names, options)
