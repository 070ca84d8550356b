"""The address of a file of ours inside one of our own pages."""

from django import template
from django.conf import settings

register = template.Library()


@register.filter
def own_file(url: str) -> str:
    """Mails need the whole address; here only a path is ours wherever the page is served."""
    return url.removeprefix(settings.SITE_URL)
