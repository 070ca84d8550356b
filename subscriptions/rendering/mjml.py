"""MJML in, HTML out; what the compiler would drop in silence is refused here instead.

mrml leaves out unknown tags and attributes without a word, so a typing error in a template would
only be seen in readers' inboxes. The lists below are what our templates may use; a test proves
of every MJML attribute that the compiler knows it.
"""

import hashlib
import re
from collections.abc import Mapping
from xml.parsers import expat

import mrml

MJML_ATTRIBUTES: Mapping[str, str] = {
    "mjml": "lang dir",
    "mj-head": "",
    "mj-title": "",
    "mj-raw": "",
    "mj-style": "inline",
    "mj-body": "width background-color css-class",
    "mj-section": "padding background-color css-class direction",
    "mj-column": "padding width css-class",
    "mj-text": "align color font-family font-size font-weight line-height padding css-class",
    "mj-divider": "border-color border-width padding",
    "mj-spacer": "height",
    "mj-button": (
        "href align background-color color font-family font-size font-weight border-radius "
        "inner-padding padding css-class"
    ),
}
_EVERYWHERE = "class style dir lang"
_TABLE = f"{_EVERYWHERE} role width height align valign cellpadding cellspacing border bgcolor"
HTML_ATTRIBUTES: Mapping[str, str] = {
    **dict.fromkeys(("h1", "h2", "h3", "p", "br", "ul", "ol", "li"), _EVERYWHERE),
    **dict.fromkeys(("span", "b", "strong", "em", "i", "div"), _EVERYWHERE),
    **dict.fromkeys(("table", "tbody", "tr"), _TABLE),
    "td": f"{_TABLE} colspan",
    "a": f"{_EVERYWHERE} href aria-hidden aria-label tabindex",
    "img": f"{_EVERYWHERE} src srcset alt width height",
    "meta": "name content",
}
ALLOWED: Mapping[str, frozenset[str]] = {
    tag: frozenset(attributes.split())
    for tag, attributes in {**MJML_ATTRIBUTES, **HTML_ATTRIBUTES}.items()
}

_INDENT = re.compile(r"[ \t]*\n\s*")
# SMTP lines end at 998 bytes (RFC 5322, 2.1.1). White space is free before these tags.
_BREAKABLE = re.compile(r"(?<=>)(?=<(?:tr|td|table|style|div|p|h[1-3])\b)")
_ATTRIBUTE = re.compile(r'(?<==")[^"]*(?=")')
_TITLE = re.compile(r"(?<=<mj-title>)[^<]*(?=</mj-title>)")
_SHIELD = re.compile(r"x[0-9a-f]{20}n[0-9]+n")
_PLAIN = re.compile(r"[ !-%'-\[\]-~]*")  # printable ASCII but for "&" and the backslash

# The compiler calls itself for each tag within another. On the smallest stacks of ours, granian's threads with 2 MB,
# some 1,000 end the whole process, which no exception handler sees; our designs nest twelve, and what people write
# in them twenty more. A test compiles the deepest on a quarter of such a stack.
DEEPEST = 60
MOST_CHARACTERS = 2_000_000  # a mail with more than 100,000 is cut off by Gmail


class MjmlError(ValueError):
    """A mail template that cannot be compiled faithfully; names the line."""


def compile_mjml(source: str) -> str:
    """The HTML of `source`, in short lines, without fonts or icons of third parties."""
    lint(source)
    shielded, originals = _shielded(source)
    options = mrml.RenderOptions(fonts={})  # the default asks Google for a font
    try:
        html = str(mrml.to_html(shielded, None, options).content)
    except OSError as error:
        raise MjmlError(f"The mail template cannot be compiled: {error}") from error
    if originals:
        html = _SHIELD.sub(lambda word: originals.get(word[0], word[0]), html)
    return _BREAKABLE.sub("\n", _INDENT.sub("\n", html))


def _shielded(source: str) -> tuple[str, dict[str, str]]:
    """The source with plain words in place of attributes that the compiler would spoil.

    When mrml inlines styles it writes attributes the way Rust prints strings for programmers: a
    backslash is doubled, and joiners, Arabic and Indic vowel signs and our markers come out as
    `\\u{200d}`. The words cannot stand in an article: they are made from a digest of it all.
    """
    name = "x" + hashlib.sha256(source.encode()).hexdigest()[:20]
    originals: dict[str, str] = {}

    def shield(match: re.Match[str]) -> str:
        if _PLAIN.fullmatch(match[0]):
            return match[0]
        word = f"{name}n{len(originals)}n"
        originals[word] = match[0]
        return word

    return _TITLE.sub(shield, _ATTRIBUTE.sub(shield, source)), originals


def lint(source: str) -> None:
    """Check MJML.

    Raises MjmlError at the first tag, attribute or slip that would not reach the reader, or would harm us.
    """
    if len(source) > MOST_CHARACTERS:
        raise MjmlError(f"The mail is longer than {MOST_CHARACTERS} characters")
    _Linter(source).run()


class _Linter:
    def __init__(self, source: str) -> None:
        self._source = source
        self._lines = source.splitlines()
        self._depth = 0
        self._parser = expat.ParserCreate()
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.StartDoctypeDeclHandler = self._doctype

    def run(self) -> None:
        try:
            self._parser.Parse(self._source, True)
        except expat.ExpatError as error:
            raise self._refuse(error.lineno, expat.ErrorString(error.code)) from error

    def _refuse(self, line: int, what: str) -> MjmlError:
        shown = self._lines[line - 1].strip()[:120] if 0 < line <= len(self._lines) else ""
        return MjmlError(f"Line {line} of the mail template: {what} ({shown})")

    def _here(self, what: str) -> MjmlError:
        return self._refuse(self._parser.CurrentLineNumber, what)

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth > DEEPEST:
            raise self._here(f"more than {DEEPEST} tags stand within one another")
        allowed = ALLOWED.get(tag)
        if allowed is None:
            raise self._here(f"<{tag}> is not known")
        for unknown in sorted(attributes.keys() - allowed):
            raise self._here(f"<{tag}> does not know “{unknown}”")

    def _end(self, _tag: str) -> None:
        self._depth -= 1

    def _doctype(self, *_: object) -> None:
        raise self._here("a DOCTYPE has no place in MJML")
