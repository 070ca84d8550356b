"""What a request proves of where a reader was."""

from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest

from subscriptions.evidence import Evidence
from subscriptions.networks import plain


def evidence_of(request: HttpRequest, form: str) -> Evidence:
    page = page_address(request.META.get("HTTP_REFERER", ""))
    return Evidence(form=form, source_url=page, ip=visitor_ip(request))


def page_address(url: str) -> str:
    """The page that held the form, without its query: that may carry what is nobody's business. Empty for no URL."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    if parts.scheme not in {"http", "https"} or not url.isprintable():
        return ""
    host = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}://{host}{parts.path}"


def visitor_ip(request: HttpRequest) -> str | None:
    """The peer, or what the outermost of our TRUSTED_PROXIES wrote; None on a socket that has no addresses.

    X-Forwarded-For is read from the right: each proxy appends who called it, and what stands further left than our own
    proxies wrote is whatever a stranger has put there.
    """
    chain = [request.META.get("REMOTE_ADDR", "")]
    if settings.TRUSTED_PROXIES:
        chain = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") + chain
        chain = chain[-settings.TRUSTED_PROXIES - 1 :]
    return next((ip for ip in map(plain, chain) if ip is not None), None)
