"""What was just asked for, sealed for the next page's address: to show it there and to send the letter again.

The page has no cookie and no row to read it from, since for some addresses there is none. Nobody but us can read it.
"""

import json
import os
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.utils.crypto import salted_hmac

OPEN_FOR = timedelta(hours=2)
# A longer address of a page is cut off by some programs; the page then says less.
LONGEST = 1_500
NONCE_BYTES = 12  # NIST SP 800-38D, 8.2


@dataclass(frozen=True, slots=True)
class SealedRequest:
    address: str
    newsletters: Sequence[str]  # slugs
    at: datetime  # to the second


def seal(asked: SealedRequest) -> str:
    """Letters, digits, “-” and “_”, as an address takes them; empty when it would be too long."""
    seconds = int(asked.at.timestamp())
    words = json.dumps([asked.address, list(asked.newsletters), seconds]).encode()
    if len(words) > LONGEST:  # a robot's
        return ""
    nonce = os.urandom(NONCE_BYTES)
    sealed = urlsafe_b64encode(nonce + _box(settings.SECRET_KEY).encrypt(nonce, words, None))
    return sealed.decode().rstrip("=") if len(sealed) <= LONGEST else ""


def unseal(token: str, *, now: datetime) -> SealedRequest | None:
    """None for what is not ours, or too old."""
    if not token or len(token) > LONGEST or not token.isascii():
        return None
    try:
        sealed = urlsafe_b64decode(f"{token}{'=' * (-len(token) % 4)}")
        nonce, rest = sealed[:NONCE_BYTES], sealed[NONCE_BYTES:]
        words = _box(settings.SECRET_KEY).decrypt(nonce, rest, None)
    except (ValueError, InvalidTag):  # no base64, too short, or not ours
        return None
    address, newsletters, seconds = json.loads(words)
    at = datetime.fromtimestamp(seconds, UTC)
    return SealedRequest(address, newsletters, at) if now - at < OPEN_FOR else None


@cache
def _box(key: str) -> AESGCM:
    secret = salted_hmac("subscriptions.asked", "seal", secret=key, algorithm="sha256").digest()
    return AESGCM(secret)
