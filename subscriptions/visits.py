"""What a request proves of where a reader was."""

from ipaddress import ip_address
from urllib.parse import urlsplit

from django.http import HttpRequest

from subscriptions.evidence import Evidence


def evidence_of(request: HttpRequest, form: str) -> Evidence:
    return Evidence(form=form, source_url=_source_url(request), ip=_ip(request))


def _source_url(request: HttpRequest) -> str:
    """The page that held the form, without its query: that may carry what is nobody's business."""
    referer = request.headers.get("Referer", "")
    try:
        parts = urlsplit(referer)
    except ValueError:
        return ""
    if parts.scheme not in {"http", "https"} or not referer.isprintable():
        return ""
    host = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}://{host}{parts.path}"


def _ip(request: HttpRequest) -> str | None:
    """The peer's own address; X-Forwarded-For is whatever a stranger writes into it."""
    try:
        return str(ip_address(request.META.get("REMOTE_ADDR", "").partition("%")[0]))
    except ValueError:
        return None  # a Unix socket has none
