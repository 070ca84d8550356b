"""For names inside a translated sentence: `{% blocktranslate with name=newsletter.name|isolated %}`."""

from django import template
from django.utils import translation

from subscriptions.rendering import isolating

register = template.Library()


@register.filter
def isolated(name: object) -> str:
    return isolating.isolated(str(name), translation.get_language() or "en")
