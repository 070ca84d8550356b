"""Web origins (RFC 6454): the one form in which a browser sends them, and how staff write them."""

from urllib.parse import urlsplit

import idna
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

LONGEST_ORIGIN = 270  # scheme, a host of 253 characters (RFC 1035), port
DEFAULT_PORTS = {"http": 80, "https": 443}


def normalise_origin(text: str) -> str:
    """Return `scheme://host[:port]` as in a browser's Origin header: lower case, A-labels, no port that is the default.

    Raises ValueError for anything more or less than an origin: a path, a user, a wildcard, `null`.
    """
    parts = urlsplit(text.strip())
    if parts.path not in {"", "/"} or parts.query or parts.fragment or "@" in parts.netloc:
        raise ValueError("An origin has no path, query or user.")
    return _origin(parts.scheme, parts.hostname, parts.port)


def origin_of(address: str) -> str | None:
    """The origin of a web address; None for what is none."""
    try:
        parts = urlsplit(address)
        return _origin(parts.scheme, parts.hostname, parts.port)
    except ValueError:
        return None


def validate_origin(value: str) -> None:
    try:
        is_written_well = normalise_origin(value) == value
    except ValueError:
        is_written_well = False
    if not is_written_well:
        raise ValidationError(
            _("“%(origin)s” is no origin; write scheme and host, as in https://www.example.org."),
            params={"origin": value[:100]},
        )


def _origin(scheme: str, host: str | None, port: int | None) -> str:
    if scheme.lower() not in DEFAULT_PORTS or not host:
        raise ValueError("An origin begins with https:// or http:// and a host.")
    name = _ascii_host(host)
    is_default = port is None or port == DEFAULT_PORTS[scheme.lower()]
    return f"{scheme.lower()}://{name}" + ("" if is_default else f":{port}")


def _ascii_host(host: str) -> str:
    if ":" in host:
        return f"[{host}]"  # IPv6
    if host.isascii():
        if not all(character.isalnum() or character in "-._" for character in host):
            raise ValueError("The host holds a character that no host has.")
        return host
    try:
        return idna.encode(host, uts46=True).decode()
    except idna.IDNAError as error:
        raise ValueError(str(error)) from error
