"""The pages under /dev/mailbox/: the caught mail, as a reader's mail program would show it.

Only where settings.DEMO_MAILDIR names a folder: the demo and development, never production.
"""

import re
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Concatenate, ParamSpec

from csp.constants import SELF
from csp.decorators import csp_update
from django.conf import settings
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_safe

from tools.demo import maildir
from tools.demo.caught import Caught

PAGE_SIZE = 50
SHOWN_SOURCE_CHARACTERS = 200_000
VIEWS = ("html", "text", "headers", "source")

FRAME_MAY = "allow-popups allow-popups-to-escape-sandbox allow-top-navigation-by-user-activation"
# A letter may style itself and show pictures of this machine; it may run nothing and reach nobody.
LETTER_POLICY = "; ".join(
    (
        "default-src 'none'",
        "style-src 'unsafe-inline'",
        "img-src 'self' data: http://127.0.0.1:* http://localhost:*",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'self'",
        f"sandbox {FRAME_MAY}",
    )
)
HEAD_TAG = re.compile(r"<head(\s[^>]*)?>", re.IGNORECASE)
OPEN_IN_TOP = '<base target="_top">'

P = ParamSpec("P")
FolderView = Callable[Concatenate[HttpRequest, Path, P], HttpResponse]
View = Callable[Concatenate[HttpRequest, P], HttpResponse]


def in_demo_only(view: FolderView[P]) -> View[P]:
    """Hand the view the Maildir; without one the page does not exist."""

    @wraps(view)
    def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        folder: Path | None = getattr(settings, "DEMO_MAILDIR", None)
        if folder is None:
            raise Http404("There is no mail catcher here.")
        response = view(request, folder, *args, **kwargs)
        response["Cache-Control"] = "no-store"
        return response

    return guarded


@require_safe
@in_demo_only
def inbox(request: HttpRequest, folder: Path) -> HttpResponse:
    address = request.GET.get("to", "").strip()
    keys = _addressed_to(folder, maildir.keys(folder), address)
    page = Paginator(keys, PAGE_SIZE).get_page(request.GET.get("page"))
    read = (maildir.read(folder, key) for key in page.object_list)
    context = {"page": page, "letters": [one for one in read if one], "address": address}
    return render(request, "web/mailbox/inbox.html", context)


@require_safe
@csp_update({"frame-src": [SELF]})  # type: ignore[arg-type]  # it types views without arguments
@in_demo_only
def letter(request: HttpRequest, folder: Path, key: str) -> HttpResponse:
    caught = _caught_or_404(folder, key)
    address = request.GET.get("to", "").strip()
    shown = request.GET.get("show", "")
    if shown not in VIEWS:
        shown = "html" if caught.html else "text"
    newer, older = _neighbours(_addressed_to(folder, maildir.keys(folder), address), key)
    source = caught.source.decode("utf-8", "replace")
    context = {
        "letter": caught,
        "shown": shown,
        "frame_may": FRAME_MAY,
        "address": address,
        "newer": newer,
        "older": older,
        "source": source[:SHOWN_SOURCE_CHARACTERS],
        "source_is_cut": len(source) > SHOWN_SOURCE_CHARACTERS,
    }
    return render(request, "web/mailbox/letter.html", context)


@require_safe
@xframe_options_sameorigin
@in_demo_only
def body(request: HttpRequest, folder: Path, key: str) -> HttpResponse:
    """The letter's HTML alone, for the frame. Its links open in the whole window."""
    html = _caught_or_404(folder, key).html
    framed, found = HEAD_TAG.subn(lambda head: head[0] + OPEN_IN_TOP, html, count=1)
    response = HttpResponse(framed if found else OPEN_IN_TOP + html)
    response["Content-Security-Policy"] = LETTER_POLICY
    response["Referrer-Policy"] = "no-referrer"
    return response


@require_safe
@in_demo_only
def source(request: HttpRequest, folder: Path, key: str) -> HttpResponse:
    caught = _caught_or_404(folder, key)
    response = HttpResponse(caught.source, content_type="message/rfc822")
    response["Content-Disposition"] = 'attachment; filename="letter.eml"'
    return response


def _caught_or_404(folder: Path, key: str) -> Caught:
    caught = maildir.read(folder, key)
    if caught is None:
        raise Http404("There is no such letter in the mailbox.")
    return caught


def _addressed_to(folder: Path, keys: list[str], address: str) -> list[str]:
    """The letters whose recipient contains `address`, in any case; all when it is empty."""
    if not address:
        return keys
    wanted = address.casefold()
    paths = ((key, maildir.path_of(folder, key)) for key in keys)
    return [key for key, path in paths if path and wanted in maildir.recipient_of(path).casefold()]


def _neighbours(keys: list[str], key: str) -> tuple[str | None, str | None]:
    """The letters just newer and just older; None at the ends."""
    try:
        at = keys.index(key)
    except ValueError:
        return None, None
    newer = keys[at - 1] if at else None
    older = keys[at + 1] if at + 1 < len(keys) else None
    return newer, older
