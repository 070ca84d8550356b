"""Dates on readers' pages, in the words of the page's language."""

from datetime import datetime

from django import template
from django.utils import timezone, translation

from subscriptions.rendering.dates import date_within, moment_text

register = template.Library()


@register.filter
def day_in_words(moment: datetime) -> str:
    """Return the day in the active zone as it stands inside a sentence, such as "Monday, November 23, 2026"."""
    return date_within(timezone.localtime(moment), translation.get_language() or "en")


@register.filter
def moment_in_words(moment: datetime) -> str:
    return moment_text(timezone.localtime(moment), translation.get_language() or "en")
