"""What a source's server asks for: a user's password, or a key in a header. In the database it is sealed."""

import os
from base64 import b64encode, urlsafe_b64decode, urlsafe_b64encode
from functools import cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.utils.crypto import salted_hmac

from digests.models import Source
from digests.outside.failures import FetchError

NONCE_BYTES = 12  # NIST SP 800-38D, 8.2
LONGEST_SECRET = 1_000


def sealed(secret: str) -> str:
    """Return the secret encrypted, so that nobody can read it from the database alone."""
    nonce = os.urandom(NONCE_BYTES)
    box = _box(settings.SECRET_KEY)
    return urlsafe_b64encode(nonce + box.encrypt(nonce, secret.encode(), None)).decode()


def unsealed(text: str) -> str:
    """Return a sealed secret in the clear. Raises FetchError if the key of this installation has changed since."""
    for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
        try:
            raw = urlsafe_b64decode(text)
            return _box(key).decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], None).decode()
        except (ValueError, InvalidTag):  # no base64, too short, or sealed with another key
            continue
    raise FetchError("The password or key of this source cannot be read any more. Enter it again.")


def headers_for(source: Source) -> dict[str, str]:
    """Return the headers with the source's key, for the source's own server alone. Raises FetchError."""
    if not source.sealed_secret:
        return {}
    secret = unsealed(source.sealed_secret)
    if source.key_header:
        return {source.key_header: secret}
    pair = b64encode(f"{source.username}:{secret}".encode()).decode()
    return {"Authorization": f"Basic {pair}"}


@cache
def _box(key: str) -> AESGCM:
    secret = salted_hmac("digests.source", "seal", secret=key, algorithm="sha256").digest()
    return AESGCM(secret)
