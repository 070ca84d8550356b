"""The public keys of the certificates that Amazon SNS signs with: each is fetched once, and a failure is remembered.

Whoever knows a topic may post messages that name certificates of their invention. So fetching is bounded, whatever
they name: one at a time, a few a minute. Certificates that are known are asked for by nobody.
"""

import time
from collections import OrderedDict, deque
from collections.abc import Callable
from threading import Lock

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa

from digests.outside.failures import FetchError

MOST_KEYS = 64  # more than there are regions
FORGOTTEN_SECONDS = 60
MOST_FETCHES = 6  # in so many seconds

Fetch = Callable[[str], bytes]


class NoCertificate(ValueError):
    """What is there is none that signs for SNS."""


class Certificates:
    """`clock` counts seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._fetching = Lock()
        self._keys: OrderedDict[str, rsa.RSAPublicKey] = OrderedDict()
        self._failures: dict[str, tuple[float, FetchError | NoCertificate]] = {}
        self._fetches: deque[float] = deque(maxlen=MOST_FETCHES)

    def forget(self) -> None:
        """Forget all keys, failures and fetches, as in a new process."""
        self._keys.clear()
        self._failures.clear()
        self._fetches.clear()

    def key_of(self, url: str, fetch: Fetch) -> rsa.RSAPublicKey:
        """Return the key at an address. Raises NoCertificate; or FetchError if it cannot be had now.

        After a FetchError the post must come again.
        """
        key = self._keys.get(url)
        if key is not None:
            return key
        if not self._fetching.acquire(blocking=False):
            # A thread of the web server is not to wait for another one's fetching.
            raise FetchError("Another certificate is being fetched.")
        try:
            return self._fetched(url, fetch)
        finally:
            self._fetching.release()

    def _fetched(self, url: str, fetch: Fetch) -> rsa.RSAPublicKey:
        now = self._clock()
        self._failures = {
            name: failure
            for name, failure in self._failures.items()
            if now - failure[0] < FORGOTTEN_SECONDS
        }
        if url in self._failures:
            error = self._failures[url][1]
            raise type(error)(str(error))
        if len(self._fetches) == MOST_FETCHES and now - self._fetches[0] < FORGOTTEN_SECONDS:
            raise FetchError(f"{MOST_FETCHES} certificates were fetched within a minute.")
        self._fetches.append(now)
        try:
            key = _read(fetch(url))
        except (FetchError, NoCertificate) as error:
            self._failures[url] = (now, error.with_traceback(None))
            raise
        self._keys[url] = key
        if len(self._keys) > MOST_KEYS:
            self._keys.popitem(last=False)
        return key


def _read(pem: bytes) -> rsa.RSAPublicKey:
    try:
        key = x509.load_pem_x509_certificate(pem).public_key()
    except ValueError as error:
        raise NoCertificate("The certificate cannot be read.") from error
    if not isinstance(key, rsa.RSAPublicKey):
        raise NoCertificate("The certificate's key is not RSA.")
    return key
