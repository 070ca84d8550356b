"""How a service is told, with the mail itself, that nobody is to watch what its reader opens and clicks.

Found in the services' own references. A way that is not here either watches nobody (SMTP), or can only be told in its
own settings (Brevo, Mailtrap, Resend, Scaleway).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend


@dataclass(frozen=True, slots=True)
class Words:
    """What the mail then says."""

    flags: bool = False  # anymail's track_opens and track_clicks
    headers: Mapping[str, str] = field(default_factory=dict)
    extra: Mapping[str, Any] = field(default_factory=dict)  # anymail's esp_extra


FLAGS: Final = Words(flags=True)
POSTAL: Final = Words(headers={"X-AMP": "skip"})
_OFF = {"OpenTrackingEnabled": "DISABLED", "ClickTrackingEnabled": "DISABLED"}
SES: Final = Words(extra={"ConfigurationOverrides": {"Tracking": _OFF}})

# By anymail's names.
BY_SERVICE: Final[Mapping[str, Words]] = {
    "Amazon SES": SES,
    "MailerSend": FLAGS,
    "Mailgun": FLAGS,
    "Mailjet": FLAGS,
    "Mandrill": FLAGS,
    "Postal": POSTAL,
    "Postmark": FLAGS,
    "SendGrid": FLAGS,
    "SparkPost": FLAGS,
    "Unisender Go": FLAGS,
}


def say(mail: Any, words: Words) -> None:
    """`mail` is a message that django-anymail is to send."""
    if words.flags:
        mail.track_opens = mail.track_clicks = False
    mail.extra_headers |= words.headers
    if words.extra:
        given = getattr(mail, "esp_extra", None)
        mail.esp_extra = {**(given if isinstance(given, Mapping) else {}), **words.extra}


def tell(message: EmailMessage, connection: BaseEmailBackend) -> None:
    """For whatever service is behind the connection; nothing where it could not be told."""
    words = BY_SERVICE.get(getattr(connection, "esp_name", ""))
    if words is not None:
        say(message, words)
