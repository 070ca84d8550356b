"""Where bounces come back to (VERP): BOUNCE_ADDRESS with a token that names the digest and the reader.

`bounces@example.org` becomes `bounces+TOKEN@example.org`: base32 of both public ids and a MAC of 64 bits, so that
nobody can make a reader bounce who has not seen their envelope. Mail servers may fold case; base32 does not mind.
"""

import base64
import binascii
import hmac
from typing import NamedTuple

from django.conf import settings

from digests.rendering.mail_headers import Unwritable, check_address
from subscriptions.public_ids import PUBLIC_ID_BYTES

MAC_BYTES = 8
TOKEN_LENGTH = 52  # base32 of 12 + 12 + 8 bytes, without padding
MAC_PREFIX = b"newsroom return path"


class Returned(NamedTuple):
    """Public ids."""

    digest: str
    subscriber: str


class BadReturnPath(ValueError):
    """The return path is not one of ours, or was tampered with."""


def check_bounce_address(address: str) -> None:
    """Check that an address has room for a token: RFC 5321 gives a local part 64 characters. Raises Unwritable."""
    check_address(_with_token(address, "a" * TOKEN_LENGTH))


def return_path(digest: str, subscriber: str) -> str:
    body = base64.urlsafe_b64decode(digest + subscriber)
    mac = _mac(settings.LINK_KEYS[0], body)
    token = base64.b32encode(body + mac).decode().rstrip("=").lower()
    return _with_token(settings.BOUNCE_ADDRESS, token)


def read_return_path(address: str) -> Returned:
    """Read what a return path says. Raises BadReturnPath."""
    local, _at, _domain = address.rpartition("@")
    _prefix, _plus, token = local.rpartition("+")
    try:
        raw = base64.b32decode(token.upper() + "=" * (-len(token) % 8))
    except (binascii.Error, ValueError) as error:
        raise BadReturnPath("It holds no token.") from error
    body, mac = raw[:-MAC_BYTES], raw[-MAC_BYTES:]
    if len(body) != 2 * PUBLIC_ID_BYTES:
        raise BadReturnPath("Its token is cut short.")
    if not any(hmac.compare_digest(mac, _mac(key, body)) for key in settings.LINK_KEYS):
        raise BadReturnPath("Its token was not signed here.")
    digest, subscriber = (
        base64.urlsafe_b64encode(part).decode()
        for part in (body[:PUBLIC_ID_BYTES], body[PUBLIC_ID_BYTES:])
    )
    return Returned(digest, subscriber)


def _with_token(address: str, token: str) -> str:
    local, at, domain = address.rpartition("@")
    if not at:
        raise Unwritable(f"{address[:80]!a} is no address.")
    return f"{local}+{token}@{domain}"


def _mac(key: str, body: bytes) -> bytes:
    return hmac.digest(key.encode(), MAC_PREFIX + body, "sha256")[:MAC_BYTES]
