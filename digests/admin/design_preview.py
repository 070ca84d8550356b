"""The mail beside a template's fields, set as they stand on the page and not saved."""

import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from html import escape
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from digests.admin.preview import in_theme
from digests.designing.trying import Tried
from digests.rendering.look_faults import GROUNDS, TEXTS, field_of, shown_ratio
from digests.rendering.readability import Pair

# A frame that is filled from our page keeps that page's policy, and gets this, too. Its sandbox runs no script anyway.
POLICY = "default-src 'none'; img-src * data:; style-src 'unsafe-inline'"
_GUARD = f'<meta http-equiv="Content-Security-Policy" content="{POLICY}"><base target="_blank">'
_HEAD = re.compile(r"<head\b[^>]*>")


@dataclass(frozen=True, slots=True)
class Row:
    """A pair of colours as the page's table shows it."""

    text: str
    ground: str
    colour: str
    background: str
    ratio: str
    needs: str
    passes: bool
    field: str
    suggestion: str  # empty where it passes, or where nothing would


@dataclass(frozen=True, slots=True)
class Shown:
    """Documents for the frame; all empty where nothing could be rendered."""

    light: str = ""
    dark: str = ""
    text: str = ""
    weight: str = ""


def shown(tried: Tried, *, drawn: tuple[str, str] | None = None) -> Shown:
    """`drawn`: the address at which a logo would stand that is not kept yet, and its bytes as a data: address."""
    if not tried.html or tried.weight is None:
        return Shown()
    html = tried.html.replace(escape(drawn[0]), drawn[1]) if drawn else tried.html
    # By whatever name staff reach the site: pictures come from the host of their page.
    html = html.replace(f'"{settings.SITE_URL}/', '"/')
    size = number_format(round(tried.weight.html_bytes / 1000, 1), 1)
    return Shown(
        light=_framed(in_theme(html, "light")),
        dark=_framed(in_theme(html, "dark")),
        text=_as_page(tried.text),
        weight=_("%(size)s KB of 100 KB with these stories") % {"size": size},
    )


def _framed(html: str) -> str:
    return _HEAD.sub(
        lambda head: head[0] + _GUARD,
        html,
        count=1,
    )


def _as_page(text: str) -> str:
    style = "font:14px/1.5 ui-monospace,monospace;white-space:pre-wrap;overflow-wrap:anywhere"
    return _framed(
        f'<!doctype html><html><head></head><body style="{style}">{escape(text)}</body></html>'
    )


def rows_of(pairs: Iterable[Pair]) -> list[Row]:
    return [
        Row(
            text=str(TEXTS[pair.time, pair.text]),
            ground=str(GROUNDS[pair.ground]),
            colour=pair.colour,
            background=pair.background,
            ratio=shown_ratio(pair.ratio),
            needs=f"{pair.needs:g}:1",
            passes=pair.passes,
            field=field_of(pair),
            suggestion="" if pair.passes else pair.suggestion,
        )
        for pair in pairs
    ]


def answer(request: HttpRequest, tried: Tried, drawn: tuple[str, str] | None) -> dict[str, Any]:
    """Answer the page's script: the email, how well it can be read, and what would refuse it."""
    return {
        "mail": asdict(shown(tried, drawn=drawn)) if tried.html else None,
        "colours": dict(tried.colours),
        "faults": [fault.text for fault in tried.faults],
        "contrast": render_to_string(
            "admin/digests/design/contrast.html", {"rows": rows_of(tried.pairs)}, request
        ),
    }
