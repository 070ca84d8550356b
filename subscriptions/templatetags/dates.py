"""Dates on readers' pages, in the words of the page's language."""

from datetime import datetime

from django import template
from django.utils import timezone, translation
from django.utils.formats import date_format

from subscriptions.rendering.dates import date_within

register = template.Library()


@register.filter
def day_in_words(moment: datetime) -> str:
    """Of the zone that is active: "Monday, November 23, 2026", as it stands inside a sentence."""
    return date_within(timezone.localtime(moment), translation.get_language() or "en")


@register.filter
def moment_in_words(moment: datetime) -> str:
    return f"{day_in_words(moment)}, {date_format(timezone.localtime(moment), 'TIME_FORMAT')}"
