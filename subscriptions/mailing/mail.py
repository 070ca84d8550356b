"""Which mail server or service a mail leaves by: MAIL_URL, read into a Django e-mail backend.

One URL names one way out: `smtp://user:pass@host:587?tls=starttls&connections=8`, `mailgun://KEY@example.org`,
`postmark://TOKEN@`. Options that a backend takes may follow as a query: `?api_url=http://127.0.0.1:8025/`.
`connections` (of one process) and `rate` (mails a second, of all processes together) go for every way.
"""

from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from django.core.mail import get_connection
from django.core.mail.backends.base import BaseEmailBackend

DEFAULT_CONNECTIONS = 4
SMTP_TIMEOUT_SECONDS = 60
NAME_LENGTH = 60  # as Slice.transport keeps it
FALLBACK = " (fallback)"
SMTP_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
SES_BACKEND = "anymail.backends.amazon_ses.EmailBackend"
SMTP_PORTS = {"none": 25, "starttls": 587, "implicit": 465}


class BadMailUrl(ValueError):
    """The URL cannot be used; the text says why, without repeating its password."""


@dataclass(frozen=True, slots=True)
class MailRoute:
    """A way out: a Django e-mail backend with its options."""

    name: str  # what the ledger and staff call it: “smtp mail.example.org”, “mailgun”
    backend: str
    options: dict[str, Any] = field(default_factory=dict, repr=False)
    connections: int = DEFAULT_CONNECTIONS
    rate: float = 0  # messages a second, of all processes together; 0: as many as it takes

    @property
    def service(self) -> str:
        """The scheme of its URL: smtp, mailgun, …"""
        return service_of(self.name)

    def connect(self) -> BaseEmailBackend:
        """A new, unopened connection; the caller opens, reuses and closes it."""
        connection: BaseEmailBackend = get_connection(self.backend, **self.options)
        return connection


def service_of(name: str) -> str:
    """Of a route's name, as slices keep it."""
    return name.split(" ")[0]


def as_fallback(route: MailRoute, main: MailRoute) -> MailRoute:
    """Named so that the ledger tells it from the main way, even where both are the same service."""
    if route.name != main.name:
        return route
    return replace(route, name=f"{route.name[: NAME_LENGTH - len(FALLBACK)]}{FALLBACK}")


@dataclass(frozen=True, slots=True)
class _Service:
    """How an ESP's URL maps to its django-anymail options."""

    backend: str
    user: str = ""
    password: str = ""
    host: str = ""


def _anymail(module: str, **names: str) -> _Service:
    return _Service(f"anymail.backends.{module}.EmailBackend", **names)


SERVICES = {
    "brevo": _anymail("brevo", user="api_key"),
    "mailersend": _anymail("mailersend", user="api_token"),
    "mailgun": _anymail("mailgun", user="api_key", host="sender_domain"),
    "mailjet": _anymail("mailjet", user="api_key", password="secret_key"),  # noqa: S106 - an option's name
    "mailtrap": _anymail("mailtrap", user="api_token"),
    "mandrill": _anymail("mandrill", user="api_key"),
    "postal": _anymail("postal", user="api_key"),
    "postmark": _anymail("postmark", user="server_token"),
    "resend": _anymail("resend", user="api_key"),
    "scaleway": _anymail("scaleway", user="secret_key", host="project_id"),
    "sendgrid": _anymail("sendgrid", user="api_key"),
    "sparkpost": _anymail("sparkpost", user="api_key"),
    "unisender-go": _anymail("unisender_go", user="api_key"),
}


def parse_mail_url(url: str) -> MailRoute:
    """Raises BadMailUrl."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        # Its own words would repeat a part of a password that holds a slash.
        raise BadMailUrl(
            "It is not a URL with a port from 1 to 65535. Special characters of a password are written "
            "as %2F and the like."
        ) from error
    query = dict(parse_qsl(parts.query))
    connections = _connections(query.pop("connections", ""))
    rate = _rate(query.pop("rate", ""))
    return replace(_route(parts, port, query), connections=connections, rate=rate)


def _route(parts: SplitResult, port: int | None, query: dict[str, str]) -> MailRoute:
    if parts.scheme == "console":
        return MailRoute("console", "django.core.mail.backends.console.EmailBackend")
    if parts.scheme == "memory":
        return MailRoute("memory", "django.core.mail.backends.locmem.EmailBackend")
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    if parts.scheme == "smtp":
        options = _smtp_options(parts.hostname, port, query)
        name = f"smtp {parts.hostname}"[:NAME_LENGTH]
        return MailRoute(name, SMTP_BACKEND, options | {"username": user, "password": password})
    if parts.scheme == "ses":
        return MailRoute("ses", SES_BACKEND, _ses_options(user, password, parts.hostname, query))
    service = SERVICES.get(parts.scheme)
    if service is None:
        raise BadMailUrl(
            f"{parts.scheme!r} is no known way to send; use smtp:// or one of "
            f"{', '.join(sorted([*SERVICES, 'ses']))}."
        )
    given = {
        service.user: user,
        service.password: password,
        service.host: parts.hostname or "",
    }
    named = {name: value for name, value in given.items() if name}
    missing = [name for name, value in named.items() if not value]
    if missing:
        raise BadMailUrl(f"{parts.scheme}:// lacks its {' and '.join(missing)}.")
    return MailRoute(parts.scheme, service.backend, named | query)


def _ses_options(
    user: str, password: str, region: str | None, query: dict[str, str]
) -> dict[str, Any]:
    """ses://KEY:SECRET@eu-west-1; what is left out comes from where Amazon's own tools find it.

    Other options of a query are anymail's: configuration_set_name, message_tag_name.
    """
    client = {
        "aws_access_key_id": user,
        "aws_secret_access_key": password,
        "region_name": region,
        "endpoint_url": query.pop("api_url", ""),
    }
    given = {name: value for name, value in client.items() if value}
    return query | {"client_params": given} if given else query


def _connections(text: str) -> int:
    if not text:
        return DEFAULT_CONNECTIONS
    if not text.isdecimal() or not 1 <= int(text) <= 1000:
        raise BadMailUrl(f"connections={text} must be a number from 1 to 1000.")
    return int(text)


def _rate(text: str) -> float:
    if not text:
        return 0
    try:
        rate = float(text)
    except ValueError:
        rate = 0
    if not 0.01 <= rate <= 1_000_000:  # also what is no number, and NaN
        raise BadMailUrl(f"rate={text} must be messages a second, from 0.01 to 1000000.")
    return rate


def _smtp_options(host: str | None, port: int | None, query: dict[str, str]) -> dict[str, Any]:
    if not host:
        raise BadMailUrl("smtp:// lacks its host: smtp://mail.example.org:587?tls=starttls.")
    tls = query.pop("tls", "none")
    if tls not in SMTP_PORTS:
        raise BadMailUrl(f"tls={tls} must be none, starttls or implicit.")
    if query:
        raise BadMailUrl(f"smtp:// knows no option {', '.join(sorted(query))}.")
    return {
        "host": host,
        "port": port or SMTP_PORTS[tls],
        "use_tls": tls == "starttls",
        "use_ssl": tls == "implicit",
        "timeout": SMTP_TIMEOUT_SECONDS,
    }


def mailbox(name: str, address: str) -> str:
    """A name and an address for a header (RFC 5322 section 3.4); Django encodes what is not ASCII."""
    return f"{quoted(name)} <{address}>" if name else address


def quoted(text: str) -> str:
    """A quoted-string: commas, brackets and quotes in a name are only characters."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
