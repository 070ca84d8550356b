"""MJML in, HTML out; what the compiler would drop in silence is refused here instead.

mrml leaves out unknown tags and attributes without a word, so a typing error in a template would
only be seen in readers' inboxes. The lists below are what our templates may use; a test proves
of every MJML attribute that the compiler knows it.
"""

import re
from collections.abc import Mapping
from xml.parsers import expat

import mrml

MJML_ATTRIBUTES: Mapping[str, frozenset[str]] = {
    "mjml": frozenset({"lang", "dir"}),
    "mj-head": frozenset(),
    "mj-title": frozenset(),
    "mj-raw": frozenset(),
    "mj-style": frozenset({"inline"}),
    "mj-body": frozenset({"width", "background-color", "css-class"}),
    "mj-section": frozenset({"padding", "background-color", "css-class", "direction"}),
    "mj-column": frozenset({"padding", "css-class"}),
    "mj-button": frozenset(
        "href align background-color color font-family font-size font-weight border-radius "
        "inner-padding padding css-class".split()
    ),
}
_EVERYWHERE = frozenset({"class", "style", "dir", "lang"})
_TABLE = frozenset("role width height align valign cellpadding cellspacing border bgcolor".split())
HTML_ATTRIBUTES: Mapping[str, frozenset[str]] = {
    **{tag: _EVERYWHERE for tag in "h1 h2 h3 p span b strong em i br ul ol li div".split()},
    **{tag: _EVERYWHERE | _TABLE for tag in "table tbody tr".split()},
    "td": _EVERYWHERE | _TABLE | {"colspan"},
    "a": _EVERYWHERE | {"href", "aria-hidden", "aria-label", "tabindex"},
    "img": _EVERYWHERE | {"src", "srcset", "alt", "width", "height"},
    "meta": frozenset({"name", "content"}),
}
ALLOWED: Mapping[str, frozenset[str]] = {**MJML_ATTRIBUTES, **HTML_ATTRIBUTES}

_INDENT = re.compile(r"[ \t]*\n\s*")
# SMTP lines end at 998 bytes (RFC 5322, 2.1.1). White space is free before these tags.
_BREAKABLE = re.compile(r"(?<=>)(?=<(?:tr|td|table|style)\b)")


class MjmlError(ValueError):
    """A mail template that cannot be compiled faithfully; names the line."""


def compile_mjml(source: str) -> str:
    """The HTML of `source`, in short lines, without fonts or icons of third parties."""
    lint(source)
    options = mrml.RenderOptions(fonts={})  # the default asks Google for a font
    try:
        html = str(mrml.to_html(source, None, options).content)
    except OSError as error:
        raise MjmlError(f"The mail template cannot be compiled: {error}") from error
    return _BREAKABLE.sub("\n", _INDENT.sub("\n", html))


def lint(source: str) -> None:
    """Raises MjmlError at the first tag, attribute or slip that would not reach the reader."""
    lines = source.splitlines()

    def refuse(line: int, what: str) -> MjmlError:
        shown = lines[line - 1].strip()[:120] if 0 < line <= len(lines) else ""
        return MjmlError(f"Line {line} of the mail template: {what} ({shown})")

    def check(tag: str, attributes: dict[str, str]) -> None:
        allowed = ALLOWED.get(tag)
        if allowed is None:
            raise refuse(parser.CurrentLineNumber, f"<{tag}> is not known")
        for unknown in sorted(attributes.keys() - allowed):
            raise refuse(parser.CurrentLineNumber, f"<{tag}> does not know “{unknown}”")

    def refuse_doctype(*_: object) -> None:
        raise refuse(parser.CurrentLineNumber, "a DOCTYPE has no place in MJML")

    parser = expat.ParserCreate()
    parser.StartElementHandler = check
    parser.StartDoctypeDeclHandler = refuse_doctype
    try:
        parser.Parse(source, True)
    except expat.ExpatError as error:
        raise refuse(error.lineno, expat.ErrorString(error.code)) from error
