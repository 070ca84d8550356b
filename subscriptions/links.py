"""Signed links: short tokens that name a reader without telling anything, and cannot be made up.

A token is URL-safe base64 of `scope (1 byte) | key (2) | public ids (12 each) | MAC (16)`: HMAC-SHA256 cut to 128 bits,
over everything before it. The scope keeps a token for one page from working on another. The first of LINK_KEYS signs,
all of them verify. Whether a token has expired is for the row it names to say; a *leave* token never does.
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import quote

from django.conf import settings
from django.urls import reverse

from subscriptions.public_ids import PUBLIC_ID_BYTES

KEY_NAME_BYTES = 2
MAC_BYTES = 16
HEAD_BYTES = 1 + KEY_NAME_BYTES
MAIL_WORD = "leave"  # before the token, in the subject of a mail that asks to leave
MAC_PREFIX = b"newsroom link"  # so that a MAC made for another purpose is no link


class Scope(Enum):
    """What a token may do: a byte of its own, and how many public ids it carries."""

    CONFIRM = (b"c", 1)
    NOT_ME = (b"n", 2)
    LEAVE = (b"l", 2)
    MANAGE = (b"m", 1)
    ADDRESS = (b"a", 1)
    STOP = (b"s", 2)


class BadLink(ValueError):
    """Forged, cut short by a mail program, or made for another page."""


@dataclass(frozen=True, slots=True)
class LeaveToken:
    subscriber: str
    newsletter: str


def sign(scope: Scope, *public_ids: str) -> str:
    mark, count = scope.value
    if len(public_ids) != count:
        raise ValueError(f"A {scope.name} token names {count} public ids.")
    key = settings.LINK_KEYS[0]
    body = mark + _key_name(key) + b"".join(base64.urlsafe_b64decode(name) for name in public_ids)
    return _encode(body + _mac(key, body))


def read(scope: Scope, token: str) -> tuple[str, ...]:
    """Return the public ids the token was made for. Raises BadLink."""
    mark, count = scope.value
    size = HEAD_BYTES + count * PUBLIC_ID_BYTES + MAC_BYTES
    try:
        raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise BadLink("The token is not base64.") from error
    # Only the one way of writing these bytes: spare bits at the end are no place to vary a link.
    if _encode(raw) != token:
        raise BadLink("The token is not written as it was made.")
    if len(raw) != size or raw[:1] != mark:
        raise BadLink("The token is not one of this page.")
    body, mac = raw[:-MAC_BYTES], raw[-MAC_BYTES:]
    if not any(hmac.compare_digest(mac, _mac(key, body)) for key in _keys(raw[1:HEAD_BYTES])):
        raise BadLink("The token was not signed here.")
    ids = body[HEAD_BYTES:]
    return tuple(
        base64.urlsafe_b64encode(ids[at : at + PUBLIC_ID_BYTES]).decode()
        for at in range(0, len(ids), PUBLIC_ID_BYTES)
    )


def confirm_url(sign_up: str) -> str:
    return settings.SITE_URL + reverse("confirm", args=[sign(Scope.CONFIRM, sign_up)])


def not_me_url(subscriber: str, address: str) -> str:
    """`address`: the mailbox that is asked (blocking.name_of); the link is of no use once the reader has moved."""
    return settings.SITE_URL + reverse("not_me", args=[sign(Scope.NOT_ME, subscriber, address)])


def leave_url(subscriber: str, newsletter: str) -> str:
    """Return the unsubscribe link for the foot of an email and its List-Unsubscribe header (RFC 8058)."""
    return settings.SITE_URL + reverse(
        "unsubscribe", args=[sign(Scope.LEAVE, subscriber, newsletter)]
    )


def preferences_url(subscriber: str, newsletter: str) -> str:
    """Return the link to the preferences for the foot of an email.

    Its page shows a masked address, and can do no more than unsubscribe.
    """
    return settings.SITE_URL + reverse(
        "preferences", args=[sign(Scope.LEAVE, subscriber, newsletter)]
    )


def manage_url(link: str) -> str:
    """Return a link to the preferences, for an email only. The row of this public id says until when it holds."""
    return settings.SITE_URL + reverse("manage", args=[sign(Scope.MANAGE, link)])


def address_url(key: str) -> str:
    """Return the link to agree to a change of address, for one of its two mailboxes; each has a key of its own."""
    return settings.SITE_URL + reverse("change_address", args=[sign(Scope.ADDRESS, key)])


class Around(NamedTuple):
    """A URL with room for a token in its midst."""

    before: str
    after: str


class BulkLinks:
    """The same URLs as above for reader after reader: key, newsletter and paths are prepared once."""

    def __init__(self, newsletter: str, key: str, site_url: str, mail_to: str = "") -> None:
        head = Scope.LEAVE.value[0] + _key_name(key)
        self._mac = hmac.new(key.encode(), MAC_PREFIX + head, "sha256")
        self._newsletter_id = base64.urlsafe_b64decode(newsletter)
        self._newsletter = newsletter
        # Head and public ids are whole groups of three bytes: each is its own base64.
        self._head = base64.urlsafe_b64encode(head).decode()
        self.leave = _around_token(site_url, "unsubscribe")
        self.preferences = _around_token(site_url, "preferences")
        self.mail = _around_subject(mail_to) if mail_to else None

    def token(self, subscriber: str) -> str:
        """What stands in both URLs: letters, digits, “-” and “_”, safe wherever they stand."""
        mac = self._mac.copy()
        mac.update(base64.urlsafe_b64decode(subscriber) + self._newsletter_id)
        return f"{self._head}{subscriber}{self._newsletter}{_encode(mac.digest()[:MAC_BYTES])}"

    def leave_url(self, subscriber: str) -> str:
        return self.token(subscriber).join(self.leave)

    def preferences_url(self, subscriber: str) -> str:
        return self.token(subscriber).join(self.preferences)

    def leave_header(self, subscriber: str) -> str:
        """List-Unsubscribe: the link (RFC 8058), and a mail (RFC 2369) where UNSUBSCRIBE_ADDRESS says to whom."""
        return self.leave_header_of(self.token(subscriber))

    def leave_header_of(self, token: str) -> str:
        """The same with this token, or with what is put in its place later."""
        ways = [self.leave, self.mail] if self.mail else [self.leave]
        return ", ".join(f"<{token.join(way)}>" for way in ways)


def bulk_links(newsletter: str) -> BulkLinks:
    return _bulk_links(
        newsletter, settings.LINK_KEYS[0], settings.SITE_URL, settings.UNSUBSCRIBE_ADDRESS
    )


@lru_cache(maxsize=64)
def _bulk_links(newsletter: str, key: str, site_url: str, mail_to: str) -> BulkLinks:
    return BulkLinks(newsletter, key, site_url, mail_to)


def _around_subject(address: str) -> Around:
    """Return a mailto link with the token in its subject.

    Mail servers may fold the case of an address, and give it 64 characters.
    """
    return Around(f"mailto:{quote(address, safe='@+')}?subject={MAIL_WORD}%20", "")


def _around_token(site_url: str, view: str) -> Around:
    return Around(*(site_url + reverse(view, args=["TOKEN"])).rsplit("TOKEN", 1))


def read_leave(token: str) -> LeaveToken:
    """Read an unsubscribe token. Raises BadLink."""
    subscriber, newsletter = read(Scope.LEAVE, token)
    return LeaveToken(subscriber, newsletter)


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _keys(name: bytes) -> Iterator[str]:
    return (key for key in settings.LINK_KEYS if _key_name(key) == name)


@lru_cache
def _key_name(key: str) -> bytes:
    return hashlib.sha256(b"link key name" + key.encode()).digest()[:KEY_NAME_BYTES]


def _mac(key: str, body: bytes) -> bytes:
    return hmac.digest(key.encode(), MAC_PREFIX + body, "sha256")[:MAC_BYTES]
