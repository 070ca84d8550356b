"""The pictures of mails and pages, from var/media, where no web server in front serves them.

Whoever can upload a picture must not get a page of this site by it: pictures alone have a type of their own, all
else is a file to save, and nothing of it may run. A name is given once, so browsers and mail programs may keep it.
"""

import re
from pathlib import Path
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured, SuspiciousFileOperation
from django.http import FileResponse, Http404, HttpRequest, HttpResponseNotModified
from django.http.response import HttpResponseBase
from django.urls import URLPattern, re_path
from django.utils._os import safe_join
from django.utils.http import http_date
from django.views.decorators.http import require_safe
from django.views.static import was_modified_since

TYPES = {
    ".avif": "image/avif",
    ".gif": "image/gif",
    ".jpeg": "image/jpeg",
    ".jpg": "image/jpeg",
    ".png": "image/png",
    ".webp": "image/webp",
}
ANYTHING = "application/octet-stream"
HEADERS = {
    "Cache-Control": "public, max-age=31536000, immutable",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    # Mail programs in a browser and the publisher's own pages show them, too.
    "Cross-Origin-Resource-Policy": "cross-origin",
    "X-Content-Type-Options": "nosniff",
}
BLOCK_BYTES = 64 * 1024


def own_path(media_url: str, site_url: str) -> str | None:
    """The path under which this site serves pictures; None where another host does. Raises ImproperlyConfigured."""
    try:
        media, site = urlsplit(media_url), urlsplit(site_url)
        is_elsewhere = bool(media.netloc) and media.netloc.lower() != site.netloc.lower()
    except ValueError:
        raise ImproperlyConfigured(f"MEDIA_URL is {media_url!r}, which is no address.") from None
    is_right = (
        media_url.endswith("/")
        and not (media.query or media.fragment)
        and (media.scheme in {"http", "https"} if media.netloc else media_url[:2].strip("/") != "")
        and (is_elsewhere or media.path.strip("/") != "")
        and media.path.startswith("/")
    )
    if not is_right:
        raise ImproperlyConfigured(
            f"MEDIA_URL is {media_url!r}; write a path of this site such as /media/, or the full address of another, "
            "such as https://media.example.org/, with a slash at its end."
        )
    return None if is_elsewhere else unquote(media.path)


def media_urls(media_url: str, site_url: str) -> list[URLPattern]:
    below = own_path(media_url, site_url)
    if below is None:
        return []
    return [re_path(re.escape(below.lstrip("/")) + "(?P<name>.+)$", picture)]


@require_safe
def picture(request: HttpRequest, name: str) -> HttpResponseBase:
    file = _file(Path(settings.MEDIA_ROOT), name)
    changed = file.stat().st_mtime
    response: HttpResponseBase
    if was_modified_since(request.headers.get("If-Modified-Since"), changed):
        kind = TYPES.get(file.suffix.lower(), ANYTHING)
        response = FileResponse(
            file.open("rb"), content_type=kind, as_attachment=kind == ANYTHING, filename=file.name
        )
        response.block_size = BLOCK_BYTES
    else:
        response = HttpResponseNotModified()
    response["Last-Modified"] = http_date(changed)
    for header, value in HEADERS.items():
        response[header] = value
    return response


def _file(root: Path, name: str) -> Path:
    """Return the file of this name below `root`.

    Raises Http404 for what is not there, not below, hidden, or no name of a file.
    """
    try:
        path = Path(safe_join(root, name))
        if path.is_file() and not any(
            part.startswith(".") for part in path.relative_to(root).parts
        ):
            return path
    except (OSError, SuspiciousFileOperation, ValueError):  # too long, beyond the folder, a NUL
        pass
    raise Http404
