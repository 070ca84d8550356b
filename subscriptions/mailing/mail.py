"""Which mail server or service a mail leaves by: MAIL_URL, read into a Django e-mail backend.

One URL names one way out: `smtp://user:pass@host:587?tls=starttls&connections=8`, `mailgun://KEY@example.org`,
`postmark://TOKEN@`. Options that a backend takes may follow as a query: `?api_url=http://127.0.0.1:8025/`.
`connections` (of one process) and `rate` (mails a second, of all processes together) go for every way, `calls` (a
second) for services.
"""

from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from django.core.mail import get_connection
from django.core.mail.backends.base import BaseEmailBackend

from subscriptions.mailing.service import Service
from subscriptions.mailing.services import all_services, service_named
from subscriptions.mailing.smtp_url import OTHER_SCHEMES, BadMailUrl
from subscriptions.mailing.smtp_url import options_of as smtp_options

DEFAULT_CONNECTIONS = 4
LONGEST_TIMEOUT_SECONDS = 40  # of a service; with connecting, within a lease
NAME_LENGTH = 60  # as Slice.transport keeps it
FALLBACK = " (fallback)"
SMTP_BACKEND = "django.core.mail.backends.smtp.EmailBackend"


@dataclass(frozen=True, slots=True)
class MailRoute:
    """A way out: a Django e-mail backend with its options."""

    name: str  # what the ledger and staff call it: “smtp mail.example.org”, “mailgun”
    backend: str
    options: dict[str, Any] = field(default_factory=dict, repr=False)
    connections: int = DEFAULT_CONNECTIONS
    rate: float = 0  # messages a second, of all processes together; 0: as many as it takes
    calls: float = 0  # calls a second that a service allows; 0: as it documents

    @property
    def service(self) -> str:
        """The scheme of its URL: smtp, mailgun, …"""
        return service_of(self.name)

    def connect(self) -> BaseEmailBackend:
        """A new, unopened connection; the caller opens, reuses and closes it."""
        connection: BaseEmailBackend = get_connection(self.backend, **self.options)
        return connection


def service_of(name: str) -> str:
    """Return the service of a sending route, from the route's name as slices keep it."""
    return name.split(" ")[0]


def for_single_mails(route: MailRoute) -> MailRoute:
    """The same account, by its stream for single mails where newsletters have one of their own."""
    service = service_named(route.service)
    if service is None:
        return route
    return replace(route, options=service.options_of_single_mails(route.options))


def as_fallback(route: MailRoute, main: MailRoute) -> MailRoute:
    """Named so that the ledger tells it from the main way, even where both are the same service."""
    if route.name != main.name:
        return route
    return replace(route, name=f"{route.name[: NAME_LENGTH - len(FALLBACK)]}{FALLBACK}")


# Of anymail's options: Postmark's answers there say nothing of a reader.
REFUSED_OPTIONS = {
    "use_bulk_api": "Its bulk interface says nothing of a reader; calls for many are made without it."
}


def parse_mail_url(url: str) -> MailRoute:
    """Parse the URL of a sending route. Raises BadMailUrl."""
    try:
        parts = urlsplit(url.strip())
        port = parts.port
        pairs = parse_qsl(parts.query, keep_blank_values=True)
    except ValueError as error:
        # Its own words would repeat a part of a password that holds a slash.
        raise BadMailUrl(
            "It is not a URL with a port from 1 to 65535. Special characters of a password are written "
            "as %2F and the like."
        ) from error
    query = dict(pairs)
    _refuse_what_means_nothing(parts, port, [name for name, _value in pairs])
    connections = _connections(query.pop("connections", ""))
    rate = _rate("rate", query.pop("rate", ""), "messages")
    calls = _rate("calls", query.pop("calls", ""), "calls")
    route = _route(parts, port, query)
    if calls and service_named(route.service) is None:
        raise BadMailUrl("calls is for mail services; a mail server has a rate.")
    return replace(route, connections=connections, rate=rate, calls=calls)


def _route(parts: SplitResult, port: int | None, query: dict[str, str]) -> MailRoute:
    if parts.scheme == "console":
        return MailRoute("console", "django.core.mail.backends.console.EmailBackend")
    if parts.scheme == "memory":
        return MailRoute("memory", "django.core.mail.backends.locmem.EmailBackend")
    if parts.scheme == "smtp":
        options = smtp_options(parts, port, query)
        return MailRoute(f"smtp {parts.hostname}"[:NAME_LENGTH], SMTP_BACKEND, options)
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    service = all_services().get(parts.scheme)
    if service is None:
        raise BadMailUrl(
            f"{parts.scheme!r} is no known way to send; use smtp:// or one of "
            f"{', '.join(all_services())}."
        )
    options = _service_options(query)
    if service.name == "ses":
        given = _ses_options(user, password, parts.hostname, options)
    else:
        given = _named_options(service, user, password, parts.hostname) | options
    missing = [name for name in service.needs if not given.get(name)]
    if missing:
        raise BadMailUrl(f"{service.name}:// lacks {' and '.join(missing)}: {service.example}.")
    return MailRoute(service.name, service.backend, given)


def _refuse_what_means_nothing(parts: SplitResult, port: int | None, names: list[str]) -> None:
    if parts.scheme in OTHER_SCHEMES:
        raise BadMailUrl(f"{parts.scheme}:// is written {OTHER_SCHEMES[parts.scheme]}.")
    if parts.scheme in ("console", "memory") and parts.netloc:
        raise BadMailUrl(f"{parts.scheme}:// names no server: write it like this.")
    if len(set(names)) < len(names):
        raise BadMailUrl("It gives an option twice: write each once.")
    if parts.scheme and (parts.fragment or parts.path.strip("/")):
        raise BadMailUrl(
            "What follows the host means nothing there. Options are written as ?name=value, special characters of a "
            "password as %2F and the like."
        )
    if port is not None and parts.scheme in all_services():
        raise BadMailUrl(f"{parts.scheme}:// has no port; ?api_url= names another server.")


def _named_options(service: Service, user: str, password: str, host: str | None) -> dict[str, str]:
    given = {
        service.user: user,
        service.password: password,
        service.host: host or "",
    }
    named = {name: value for name, value in given.items() if name}
    missing = [name for name, value in named.items() if not value]
    if missing:
        raise BadMailUrl(f"{service.name}:// lacks its {' and '.join(missing)}: {service.example}.")
    return named


def _service_options(query: dict[str, str]) -> dict[str, Any]:
    """The options that a service's backend takes; its time to answer is a number."""
    for name in query:
        if name in REFUSED_OPTIONS:
            raise BadMailUrl(f"{name} cannot be used. {REFUSED_OPTIONS[name]}")
    options: dict[str, Any] = dict(query)
    if "timeout" in options:
        options["timeout"] = _timeout(query["timeout"])
    return options


def _timeout(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0
    if not 0 < seconds <= LONGEST_TIMEOUT_SECONDS:  # also what is no number, and NaN
        raise BadMailUrl(f"timeout={text} must be seconds, up to {LONGEST_TIMEOUT_SECONDS}.")
    return seconds


def _ses_options(
    user: str, password: str, region: str | None, query: dict[str, Any]
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


def _rate(name: str, text: str, what: str) -> float:
    if not text:
        return 0
    try:
        rate = float(text)
    except ValueError:
        rate = 0
    if not 0.01 <= rate <= 1_000_000:  # also what is no number, and NaN
        raise BadMailUrl(f"{name}={text} must be {what} a second, from 0.01 to 1000000.")
    return rate


def mailbox(name: str, address: str) -> str:
    """A name and an address for a header (RFC 5322 section 3.4); Django encodes what is not ASCII."""
    return f"{quoted(name)} <{address}>" if name else address


def quoted(text: str) -> str:
    """A quoted-string: commas, brackets and quotes in a name are only characters."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
