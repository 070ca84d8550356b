"""Mail servers: connected to as for a mail, up to the log-in. Services are not asked: that would be a mail."""

import smtplib
import socket
import ssl
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace

from django.conf import settings

from newsroom.surroundings.needs import Need
from subscriptions.mailing.mail import SMTP_BACKEND, MailRoute

MAIL_SERVER = "Mail server"
TIMEOUT_SECONDS = 10
VARIABLES = {
    "digests": "MAIL_URL",
    "letters": "MAIL_TRANSACTIONAL_URL",
    "fallback": "MAIL_FALLBACK_URL",
}


@dataclass(frozen=True, slots=True)
class RelayAnswers:
    """What is wrong with mail servers, by the variable that names each."""

    refusals: Mapping[str, str] = field(default_factory=dict)
    tls: Mapping[str, str] = field(default_factory=dict)
    logins: Mapping[str, str] = field(default_factory=dict)


def ask() -> RelayAnswers:
    """Ask each mail server by one connection. Raises none of their errors."""
    found: dict[str, dict[str, str]] = {"refusals": {}, "tls": {}, "logins": {}}
    asked: list[MailRoute] = []
    for name, variable in VARIABLES.items():
        route = settings.MAIL_ROUTES.get(name)
        if route is None or route.backend != SMTP_BACKEND or route in asked:
            continue
        asked.append(route)
        kind, text = _try(route)
        if text:
            found[kind][variable] = text
    return RelayAnswers(**found)


def _try(route: MailRoute) -> tuple[str, str]:
    """What kind of trouble, in words; empty ones for none."""
    options = route.options
    place = f"{options['host']}, port {options['port']}"
    hasty = replace(route, options=options | {"timeout": TIMEOUT_SECONDS})
    connection = hasty.connect()
    try:
        connection.open()
    except ssl.SSLCertVerificationError as error:
        return "tls", f"the certificate of {place} is not valid ({error.verify_message})"
    except ssl.SSLError:
        return "tls", f"{place} does not begin with TLS: write tls=starttls"
    except smtplib.SMTPAuthenticationError as error:
        return "logins", f"{place} refuses user and password ({_words(error.smtp_error)})"
    except smtplib.SMTPNotSupportedError as error:
        kind = "tls" if "STARTTLS" in str(error) else "logins"
        return (
            kind,
            f"{place} does not offer it ({error}): write tls=implicit or tls=none, or another port",
        )
    except (smtplib.SMTPException, OSError) as error:
        return "refusals", _away(error, place, is_implicit=bool(options["use_ssl"]))
    finally:
        with suppress(smtplib.SMTPException, OSError):
            connection.close()
    return "refusals", ""


def _away(error: Exception, place: str, *, is_implicit: bool) -> str:
    if isinstance(error, socket.gaierror):
        return f"{place}: the name of the host is not known"
    if isinstance(error, ConnectionRefusedError):
        return f"nobody listens at {place}"
    if isinstance(error, smtplib.SMTPResponseException):
        return f"{place} answers {error.smtp_code} {_words(error.smtp_error)}"
    if isinstance(error, TimeoutError | smtplib.SMTPServerDisconnected) and not is_implicit:
        return (
            f"{place} says nothing: write tls=implicit if it is a port of TLS from the start (465)"
        )
    return f"{place} does not answer ({error})"


def _words(said: bytes | str) -> str:
    return said.decode(errors="replace") if isinstance(said, bytes) else said


def _line(troubles: Mapping[str, str], instead: str) -> str:
    return " ".join(f"{variable}: {text}. {instead}" for variable, text in troubles.items())


NEEDS: tuple[Need[RelayAnswers], ...] = (
    Need(
        "mail server",
        MAIL_SERVER,
        (
            "It answers at host and port of `MAIL_URL` (587 with `tls=starttls`, 465 with "
            "`tls=implicit`, 25 with `tls=none`)."
        ),
        lambda a: _line(a.refusals, "Write host and port that your mail server documents."),
    ),
    Need(
        "mail server's TLS",
        MAIL_SERVER,
        (
            "Its certificate is valid for that host name; `SSL_CERT_FILE` names an authority of "
            "your own."
        ),
        lambda a: _line(
            a.tls,
            "Write the name that stands in the certificate, or name its authority in SSL_CERT_FILE.",
        ),
    ),
    Need(
        "mail server's log-in",
        MAIL_SERVER,
        (
            "It takes user and password of `MAIL_URL`, or needs none of this host. Extensions "
            "are used where it has them: none is needed."
        ),
        lambda a: _line(
            a.logins,
            (
                "Write user and password as in smtp://user:password@host:587?tls=starttls, special "
                "characters as %23 and the like."
            ),
        ),
    ),
)
