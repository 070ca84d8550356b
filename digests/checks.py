"""System checks: what must be right before digests are sent."""

from typing import Any

from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage, Error, Tags, register

from digests.tracking.esps import missing_key
from subscriptions.checks import AT_START
from subscriptions.mailing.services import service_named


@register(AT_START, Tags.security)
def webhook_keys(**_: Any) -> list[CheckMessage]:
    """Check that webhook keys are there. In production the settings refuse to load; elsewhere this says the same."""
    lacking = {
        missing_key(route.service, settings.WEBHOOK_KEYS) for route in settings.MAIL_ROUTES.values()
    }
    return [Error(text, id="digests.E001") for text in sorted(lacking) if text]


@register()
def streams(**_: Any) -> list[CheckMessage]:
    """Services pause accounts that send newsletters by the stream for single mails."""
    found: list[CheckMessage] = []
    for name in ("digests", "fallback"):
        route = settings.MAIL_ROUTES.get(name)
        service = service_named(route.service) if route else None
        if route is None or service is None or service.streams is None:
            continue
        if service.streams.is_for_single(route.options):
            found.append(
                checks.Warning(
                    f"Newsletters leave by {service.title}'s stream for single mails. {service.streams.what}",
                    hint=f"Add {service.streams.option}={service.streams.bulk} to the query of the URL.",
                    id="digests.W001",
                )
            )
    return found
