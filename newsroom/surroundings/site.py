"""The proxy in front: is SITE_URL answered by this very installation, as TLS, and are pictures found at MEDIA_URL?"""

import secrets
import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import requests
from django.conf import settings
from requests.adapters import HTTPAdapter
from typing_extensions import override

from newsroom.surroundings.needs import Need

PROXY = "Proxy"
TIMEOUT_SECONDS = 5
OK = 200
# A picture of one dot, which stays where pictures are.
PICTURE = Path("look") / "dot.gif"
DOT = bytes.fromhex(
    "47494638396101000100800000000000ffffff21f90401000000002c000000000100010000020144003b"
)


@dataclass(frozen=True, slots=True)
class SiteAnswers:
    """None and empty texts: it was not asked."""

    url: str
    trusts_proxy: bool
    media_url: str = "/media/"
    error: str = ""
    status: int = 0
    leads_to: str = ""
    installation: str | None = None
    ours: str = ""
    is_secure: bool | None = None
    picture: str = ""  # what is wrong with a picture that is stored

    @property
    def is_https(self) -> bool:
        return self.url.startswith("https:")


def ask() -> SiteAnswers:
    """Two requests to ourselves, as a reader makes them. Raises nothing of the network's."""
    known = SiteAnswers(
        url=settings.SITE_URL,
        trusts_proxy=bool(settings.SECURE_PROXY_SSL_HEADER),
        media_url=settings.MEDIA_URL,
        ours=settings.INSTALLATION,
    )
    answers = {name: getattr(known, name) for name in known.__slots__}
    try:
        answer = _get(f"{known.url}/healthz")
    except requests.RequestException as error:
        return SiteAnswers(**answers | {"error": _reason(error)})
    told = _json(answer)
    return SiteAnswers(
        **answers
        | {
            "status": answer.status_code,
            "leads_to": answer.headers.get("Location", ""),
            "installation": told.get("installation"),
            "is_secure": told.get("secure"),
            "picture": _picture(),
        }
    )


def _picture() -> str:
    """Empty where one that is really stored is found."""
    path = Path(settings.MEDIA_ROOT) / PICTURE
    try:
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(DOT)
        answer = _get(f"{_media_address()}{PICTURE.as_posix()}?{secrets.token_hex(4)}")
    except OSError as error:  # requests' errors are, too
        return _reason(error)
    if answer.status_code != OK:
        return f"the answer is {answer.status_code}"
    return "" if answer.content == DOT else "the answer is something else"


def _media_address() -> str:
    return urljoin(f"{settings.SITE_URL}/", settings.MEDIA_URL)


def _get(url: str) -> requests.Response:
    with requests.Session() as session:
        session.mount("https://", _SystemsAuthorities())
        return session.get(url, timeout=TIMEOUT_SECONDS, allow_redirects=False)


class _SystemsAuthorities(HTTPAdapter):
    """Those of the system, or of SSL_CERT_FILE, beside those that requests brings."""

    @override
    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs, ssl_context=ssl.create_default_context())


def _json(answer: requests.Response) -> dict[str, object]:
    try:
        told = answer.json()
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}


def _reason(error: Exception) -> str:
    if isinstance(error, requests.exceptions.SSLError):
        return (
            "its certificate is not valid for this name, or signed by nobody whom this host knows"
        )
    if isinstance(error, requests.exceptions.Timeout):
        return "it does not answer in time"
    if isinstance(error, requests.exceptions.ConnectionError):
        return "nobody listens there, or the name is not known"
    return str(error)


def _answered(a: SiteAnswers) -> str:
    if a.error:
        return (
            f"SITE_URL ({a.url}) is not answered, seen from here: {a.error}. Put a proxy there "
            "(docs/installation.md), or write "
            "the address that readers use into SITE_URL."
        )
    if a.leads_to:
        return (
            f"SITE_URL ({a.url}) leads on to {a.leads_to}: write that address into SITE_URL, "
            "without a path."
        )
    if a.status and a.status != OK:
        return (
            f"SITE_URL ({a.url}) answers {a.status} for /healthz: let the proxy pass all paths on "
            "to us."
        )
    if a.status and a.installation != a.ours:
        return (
            f"SITE_URL ({a.url}) is answered by another program or installation: let its proxy "
            "lead to this one."
        )
    return ""


def _forwarded(a: SiteAnswers) -> str:
    if not a.is_https or a.is_secure or (a.is_secure is None and a.trusts_proxy):
        return ""
    if not a.trusts_proxy:
        return (
            "SITE_URL is https, but TRUST_PROXY is 0: no HSTS is sent, and forms in frames are "
            "refused. Write TRUST_PROXY=1 where a "
            "proxy sets X-Forwarded-Proto itself."
        )
    return (
        "SITE_URL is https, but requests come as plain http: let the proxy set "
        "X-Forwarded-Proto, as docs/proxy/ shows."
    )


def _pictures(a: SiteAnswers) -> str:
    if not a.picture:
        return ""
    return (
        f"A picture that is stored is not found at MEDIA_URL ({a.media_url}): {a.picture}. "
        "Let the proxy pass /media/ on to the site, or "
        "the other host serve var/media."
    )


NEEDS: tuple[Need[SiteAnswers], ...] = (
    Need(
        "site",
        PROXY,
        (
            "It answers at `SITE_URL` with a valid certificate, leads nowhere else, and passes "
            "all paths on to this installation."
        ),
        _answered,
    ),
    Need(
        "forwarded",
        PROXY,
        (
            "It sets `X-Forwarded-Proto` itself, and `.env` has `TRUST_PROXY=1`; or the web "
            "server speaks TLS itself."
        ),
        _forwarded,
    ),
    Need("pictures", PROXY, "A stored picture is found at `MEDIA_URL`.", _pictures),
)
