"""What the environment says of the ways out: for digests, for letters, and in case the first is down."""

from collections.abc import Mapping

from django.core.exceptions import ImproperlyConfigured

from digests.tracking import esps
from newsroom.env import Environment
from subscriptions.mailing.mail import (
    MailRoute,
    as_fallback,
    for_single_mails,
    parse_mail_url,
)
from subscriptions.mailing.smtp_url import BadMailUrl


def mail_routes(env: Environment) -> dict[str, MailRoute]:
    """Return the sending routes by what leaves by them. Raises ImproperlyConfigured."""
    digests = _route("MAIL_URL", env.text("MAIL_URL", None if env.is_production else "console://"))
    routes = {"digests": digests, "letters": for_single_mails(digests)}
    if env.text("MAIL_TRANSACTIONAL_URL", ""):
        routes["letters"] = _route("MAIL_TRANSACTIONAL_URL", env.text("MAIL_TRANSACTIONAL_URL", ""))
    # Takes over while the first is down.
    if env.text("MAIL_FALLBACK_URL", ""):
        fallback = _route("MAIL_FALLBACK_URL", env.text("MAIL_FALLBACK_URL", ""))
        routes["fallback"] = as_fallback(fallback, digests)
    return routes


def refuse_forgeable_events(routes: Mapping[str, MailRoute], keys: Mapping[str, str]) -> None:
    """Refuse a missing or weak webhook key. Raises ImproperlyConfigured.

    Somebody who could post as a mail service could end readers.
    """
    lacking = (esps.missing_key(route.service, keys) for route in routes.values())
    for fault in (*lacking, esps.weak_key(keys)):
        if fault:
            raise ImproperlyConfigured(fault)


def _route(name: str, url: str) -> MailRoute:
    try:
        return parse_mail_url(url)
    except BadMailUrl as error:
        raise ImproperlyConfigured(f"{name} cannot be used. {error}") from error
