"""SITE_URL, in the one form that browsers use for it, so that hosts, links, senders and greetings agree."""

from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit

import idna
from django.core.exceptions import ImproperlyConfigured

DEFAULT_PORTS = {"http": 80, "https": 443}
LONGEST_HOST = 253
EXAMPLE = "https://news.example.org"


@dataclass(frozen=True, slots=True)
class Site:
    url: str  # without a slash at its end
    host: str  # as ALLOWED_HOSTS has it: with brackets where it is an IPv6 address
    is_https: bool


def parse(text: str) -> Site:
    """Parse the site's address. Raises ImproperlyConfigured, in one line, with the form that works."""
    parts, port = _split("SITE_URL", text)
    host = host_form("SITE_URL", parts.hostname or "")
    address = _address(parts.scheme, host, port)
    if parts.username is not None or parts.password is not None:
        raise ImproperlyConfigured(
            f"SITE_URL holds a user name or a password, which would stand in each link of a mail: write {address}."
        )
    if parts.path.strip("/"):
        raise ImproperlyConfigured(
            f"SITE_URL has a path ({parts.path}), but Newsroom answers at the root of a host of its own: "
            f"write {address}, or {EXAMPLE} for a host that has none yet."
        )
    if parts.query or parts.fragment or text.strip().endswith(("?", "#")):
        raise ImproperlyConfigured(
            f"SITE_URL goes on after the host, with ? or #: write {address}."
        )
    return Site(address, host, parts.scheme == "https")


def media(text: str) -> str:
    """MEDIA_URL: its host in the same form. What else is wrong with it newsroom/media.py says."""
    try:
        has_host = bool(urlsplit(text).netloc)
    except ValueError:
        has_host = True
    if not has_host:
        return text
    parts, port = _split("MEDIA_URL", text)
    if parts.username is not None or parts.password is not None:
        raise ImproperlyConfigured(
            "MEDIA_URL holds a user name or a password, which each mail would carry: leave it out."
        )
    address = _address(parts.scheme, host_form("MEDIA_URL", parts.hostname or ""), port)
    return address + parts._replace(scheme="", netloc="").geturl()


def allowed_host(text: str) -> str:
    """A word of ALLOWED_HOSTS: a host, or one of Django's patterns (`.example.org`, `*`)."""
    if text == "*":
        return text
    dot = "." if text.startswith(".") else ""
    return dot + host_form("ALLOWED_HOSTS", text.removeprefix("."))


def host_form(name: str, host: str) -> str:
    """Lower case, A-labels, no dot at its end; an IPv6 address in brackets. Raises ImproperlyConfigured."""
    bare = host.strip().strip("[]")
    try:
        address = ip_address(bare)
    except ValueError:
        return _name_form(name, bare)
    return f"[{address}]" if address.version == 6 else str(address)


def _name_form(name: str, host: str) -> str:
    try:
        labels = idna.encode(host.removesuffix("."), uts46=True, std3_rules=True).decode("ascii")
    except (idna.IDNAError, UnicodeError):
        labels = ""
    is_right = (
        0 < len(labels) <= LONGEST_HOST
        and not labels.rpartition(".")[2].isdecimal()  # 127.1: browsers take it for an IP address
        and all(
            set(label) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")
            for label in labels.split(".")
        )
    )
    if not is_right:
        raise ImproperlyConfigured(
            f"{name} has a host that browsers do not take ({host}): letters, digits, hyphens and dots only, "
            f"such as {EXAMPLE}."
        )
    return labels


def _split(name: str, text: str) -> tuple[SplitResult, int | None]:
    try:
        parts = urlsplit(text.strip())
        port = parts.port
    except ValueError:
        raise ImproperlyConfigured(
            f"{name} has a port or brackets that cannot be read: write it like {EXAMPLE}:8443, or "
            "http://[2001:db8::1]:8000 for an IPv6 address."
        ) from None
    if parts.scheme not in DEFAULT_PORTS or not parts.hostname or port == 0:
        raise ImproperlyConfigured(f"{name} must be a full address such as {EXAMPLE}.")
    return parts, port


def _address(scheme: str, host: str, port: int | None) -> str:
    """Return an address without the port that browsers leave out."""
    shown = "" if port in (None, DEFAULT_PORTS[scheme]) else f":{port}"
    return f"{scheme}://{host}{shown}"
