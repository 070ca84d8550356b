"""Which services may post events, how each proves that it is the sender, and for how long a post is fresh.

Plain data: settings read it before any app is loaded. `view` is django-anymail's, or ours on top of it where
anymail does not check a signature without a further library (esp_views.py).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

HOUR = timedelta(hours=1)
SHARED_SECRET = "WEBHOOK_SECRET"  # noqa: S105 - a variable's name
# An event that happened longer ago than this is kept, not acted on. Keys of events are kept for longer (processing.py),
# so that nothing can come a second time: it is a repetition first, and too old afterwards.
STALE_AFTER = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Esp:
    view: str
    # The variable of .env that holds its secret, and anymail's name for it.
    variable: str
    option: str
    what: str  # in words for whoever has to set it
    # Its signature holds a time: how old that may be. As long as the service goes on trying, and some more.
    fresh_for: timedelta | None = None
    # Without: the signature covers no body, so its token counts once, whatever it comes with.
    signs_body: bool = True
    signs_url: bool = False
    # Without: correlated by message id and recipient only.
    returns_metadata: bool = True


def _anymail(module: str, name: str) -> str:
    return f"anymail.webhooks.{module}.{name}TrackingWebhookView"


def _basic(module: str, name: str) -> Esp:
    return Esp(
        _anymail(module, name),
        SHARED_SECRET,
        "webhook_secret",
        "user:password, as in https://user:password@news.example.org/webhooks/…",
    )


# The names are those of MAIL_URL (subscriptions/mailing/mail.py). Scaleway has no webhooks.
ESPS: Final[Mapping[str, Esp]] = {
    "brevo": _basic("brevo", "Brevo"),
    "mailersend": Esp(
        _anymail("mailersend", "MailerSend"),
        "MAILERSEND_WEBHOOK_KEY",
        "signing_secret",
        "the signing secret of the webhook",
        returns_metadata=False,
    ),
    "mailgun": Esp(
        _anymail("mailgun", "Mailgun"),
        "MAILGUN_WEBHOOK_KEY",
        "webhook_signing_key",
        "the HTTP webhook signing key",
        fresh_for=12 * HOUR,  # it tries for 8
        signs_body=False,
    ),
    "mailjet": _basic("mailjet", "Mailjet"),
    "mailtrap": Esp(
        _anymail("mailtrap", "Mailtrap"),
        "MAILTRAP_WEBHOOK_KEY",
        "tracking_secret",
        "the signature token of the webhook",
    ),
    "mandrill": Esp(
        "anymail.webhooks.mandrill.MandrillCombinedWebhookView",
        "MANDRILL_WEBHOOK_KEY",
        "webhook_key",
        "the key of the webhook",
        signs_url=True,
    ),
    "postal": Esp(
        _anymail("postal", "Postal"),
        "POSTAL_WEBHOOK_KEY",
        "webhook_key",
        "the server's public key: one line of base64, from the p= of its DKIM record",
        returns_metadata=False,
    ),
    "postmark": _basic("postmark", "Postmark"),
    "resend": Esp(
        "digests.tracking.esp_views.ResendView",
        "RESEND_WEBHOOK_KEY",
        "webhook_key",
        "the signing secret: whsec_…",
        fresh_for=timedelta(minutes=5),  # each attempt is signed anew
    ),
    "sendgrid": Esp(
        "digests.tracking.esp_views.SendGridView",
        "SENDGRID_WEBHOOK_KEY",
        "webhook_key",
        "the verification key of the signed event webhook",
        fresh_for=26 * HOUR,  # it tries for 24
    ),
    "ses": Esp(
        "digests.tracking.esp_views.SesView",
        "SES_WEBHOOK_TOPICS",
        "topics",
        "the ARNs of the SNS topics that may post, separated by commas",
        fresh_for=3 * HOUR,  # SNS tries for one at most
    ),
    "sparkpost": _basic("sparkpost", "SparkPost"),
    "unisender-go": Esp(
        _anymail("unisender_go", "UnisenderGo"),
        "UNISENDER_GO_WEBHOOK_KEY",
        "api_key",
        "the API key of the project",
    ),
}


def variables() -> tuple[str, ...]:
    return tuple(sorted({esp.variable for esp in ESPS.values()}))


def missing_key(route: str, keys: Mapping[str, str]) -> str:
    """A sentence if mail leaves by this service and its events could not be told from forged ones; else empty."""
    esp = ESPS.get(route)
    if esp is None or keys.get(esp.variable):
        return ""
    return (
        f"Mail leaves by {route}, but {esp.variable} is not set ({esp.what}): "
        f"its bounces and complaints, posted to /webhooks/{route}/, could not be told from forged ones."
    )
