"""What was just asked for, sealed for the next page's address: to show it there and to send the letter again.

The page has no cookie and no row to read it from, since for some addresses there is none. Nobody but us can read it.
"""

import json
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache

from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings
from django.utils.crypto import salted_hmac

OPEN_FOR = timedelta(hours=2)
# A longer address of a page is cut off by some programs; the page then says less.
LONGEST = 1_500


@dataclass(frozen=True, slots=True)
class Asked:
    address: str
    newsletters: Sequence[str]  # slugs
    at: datetime  # to the second


def seal(asked: Asked) -> str:
    """Letters, digits, “-” and “_”, as an address takes them; empty when it would be too long."""
    words = json.dumps([asked.address, list(asked.newsletters)]).encode()
    if len(words) > LONGEST:  # a robot's
        return ""
    sealed = _fernet(settings.SECRET_KEY).encrypt_at_time(words, int(asked.at.timestamp()))
    return sealed.decode().rstrip("=") if len(sealed) <= LONGEST else ""


def unseal(token: str, *, now: datetime) -> Asked | None:
    """None for what is not ours, or too old."""
    if not token or len(token) > LONGEST or not token.isascii():
        return None
    box = _fernet(settings.SECRET_KEY)
    padded = f"{token}{'=' * (-len(token) % 4)}".encode()
    try:
        seconds = box.extract_timestamp(padded)
        words = box.decrypt_at_time(padded, int(OPEN_FOR.total_seconds()), int(now.timestamp()))
    except InvalidToken:
        return None
    address, newsletters = json.loads(words)
    return Asked(address, newsletters, datetime.fromtimestamp(seconds, UTC))


@cache
def _fernet(key: str) -> Fernet:
    secret = salted_hmac("subscriptions.asked", "seal", secret=key, algorithm="sha256").digest()
    return Fernet(urlsafe_b64encode(secret))
