"""Which services may post events, how each proves that it is the sender, and for how long a post is fresh.

Plain data, from the services' records: settings read it before any app is loaded. Some views are ours, on top of
django-anymail's: where that does not check a signature without a further library (esp_views.py).
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Final

from subscriptions.mailing.service import SHARED_SECRET, Webhooks
from subscriptions.mailing.services import all_services
from subscriptions.secret_strength import PASSWORD_LENGTH, is_weak_password

__all__ = ["ESPS", "SHARED_SECRET", "STALE_AFTER", "Esp", "missing_key", "variables", "weak_key"]

# An event that happened longer ago than this is kept, not acted on. Keys of events are kept for longer (processing.py),
# so that nothing can come a second time: it is a repetition first, and too old afterwards.
STALE_AFTER = timedelta(days=7)

Esp = Webhooks

_OWN_VIEWS = {
    "resend": "digests.tracking.esp_views.ResendView",
    "sendgrid": "digests.tracking.esp_views.SendGridView",
    "ses": "digests.tracking.esp_views.SesView",
}


def _of(name: str, webhooks: Webhooks) -> Webhooks:
    return replace(webhooks, view=_OWN_VIEWS[name]) if name in _OWN_VIEWS else webhooks


ESPS: Final[Mapping[str, Webhooks]] = {
    name: _of(name, service.webhooks)
    for name, service in all_services().items()
    if service.webhooks is not None
}


def variables() -> tuple[str, ...]:
    return tuple(sorted({esp.variable for esp in ESPS.values()}))


def weak_key(keys: Mapping[str, str]) -> str:
    """A sentence where the secret that we choose ourselves can be guessed; the others are the services' own."""
    for login in filter(None, map(str.strip, keys.get(SHARED_SECRET, "").split(","))):
        user, _colon, password = login.partition(":")
        if not user or is_weak_password(password):
            return (
                f"{SHARED_SECRET} can be guessed: write user:password with a password of {PASSWORD_LENGTH} or more "
                "random characters (two such, separated by a comma, while you change it)."
            )
    return ""


def missing_key(route: str, keys: Mapping[str, str]) -> str:
    """A sentence if mail leaves by this service and its events could not be told from forged ones; else empty."""
    esp = ESPS.get(route)
    if esp is None or keys.get(esp.variable):
        return ""
    return (
        f"Mail leaves by {route}, but {esp.variable} is not set ({esp.what}): "
        f"its bounces and complaints, posted to /webhooks/{route}/, could not be told from forged ones."
    )
