"""System checks: what must be right before digests are sent."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register

from digests.tracking.esps import missing_key
from subscriptions.checks import AT_START


@register(AT_START, Tags.security)
def webhook_keys(**_: Any) -> list[CheckMessage]:
    """In production the settings refuse to load; elsewhere this says the same."""
    lacking = {
        missing_key(route.service, settings.WEBHOOK_KEYS) for route in settings.MAIL_ROUTES.values()
    }
    return [Error(text, id="digests.E001") for text in sorted(lacking) if text]
