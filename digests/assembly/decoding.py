"""Bytes of a feed to text that an XML parser can take, whatever the charset was said to be.

The text is prepared here so that the parser below never chooses a codec by an attacker's name
(`punycode` takes quadratic time), never sees a DOCTYPE (entity bombs, external entities), and
seldom needs its slow path for broken XML.
"""

import codecs
import re
from html.entities import name2codepoint

from digests.outside.failures import FeedError

XML_ENTITIES = frozenset({"amp", "lt", "gt", "quot", "apos"})
# A charset outside this list is a mistake or an attack; the bytes are then judged by themselves.
_CODECS = frozenset(
    [f"iso8859-{part}" for part in range(1, 17) if part != 12]
    + [f"cp125{page}" for page in range(9)]
    + ["ascii", "utf-8", "utf-16", "utf-16-le", "utf-16-be", "koi8-r", "koi8-u", "mac-roman"]
    + ["shift_jis", "cp932", "euc_jp", "iso2022_jp", "gb2312", "gbk", "gb18030", "big5"]
    + ["big5hkscs", "euc_kr", "cp949", "tis-620", "cp874"]
)
# What publishers say, and what they mean: as the WHATWG's Encoding Standard reads the labels.
_MEANT = {
    "ascii": "cp1252", "iso8859-1": "cp1252", "iso8859-9": "cp1254", "gb2312": "gb18030",
    "gbk": "gb18030", "shift_jis": "cp932", "euc_kr": "cp949", "tis-620": "cp874",
}  # fmt: skip
_SEVEN_BIT = frozenset({"iso2022_jp"})  # pure ASCII bytes, so valid UTF-8 without being it
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
    (b"<\0?\0", "utf-16-le"),
    (b"\0<\0?", "utf-16-be"),
)
_DECLARED = re.compile(rb"\A[^<]{0,100}<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([\w.:-]{1,40})[\"']")
_CONTENT_CHARSET = re.compile(r"charset\s*=\s*[\"']?([\w.:-]{1,40})", re.IGNORECASE)
_XML_DECLARATION = re.compile(r"<\?xml\b[^>]{0,500}\?>")
_NOT_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_DOCTYPE_START = re.compile(r"<!DOCTYPE\b", re.IGNORECASE)
# Possessive, so that a malformed one costs one pass.
_DOCTYPE = re.compile(
    r"<!DOCTYPE(?:[^\[>\"']|\"[^\"]*+\"|'[^']*+')*+"
    r"(?:\[(?:<!--.*?-->|[^\]\"'<]|<(?!!--)|\"[^\"]*+\"|'[^']*+')*+\]\s*+)?>",
    re.IGNORECASE | re.DOTALL,
)
_AMPERSAND = re.compile(r"&(?:(#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});)?")


def decoded(body: bytes, content_type: str | None) -> str:
    """The body as text; bytes that no charset explains become U+FFFD."""
    for mark, codec in _MARKS:
        if body.startswith(mark):
            return body.decode(codec, "replace").lstrip("\ufeff")
    declared = _declared(body, content_type)
    text = body.decode("utf-8", "replace")
    lost = text.count("\ufffd")
    if not lost and declared not in _SEVEN_BIT:
        return text  # whatever was declared: other charsets are hardly ever valid UTF-8 by chance
    if declared and declared != "utf-8":
        try:
            return body.decode(declared)
        except UnicodeError:
            pass
    # A UTF-8 feed with some broken places stays UTF-8; one that never was is Western of old.
    kept = sum(not character.isascii() for character in text) - lost
    return text if kept >= lost else body.decode("cp1252", "replace")


def prepared(text: str) -> str:
    """The document as XML without declaration, DOCTYPE, odd characters and foreign entities."""
    text = _NOT_XML.sub("", text)
    text = _without_doctype(text[max(text.find("<"), 0) :])
    text = _XML_DECLARATION.sub("", text, count=1).lstrip()
    return _outside_cdata(text)


def _declared(body: bytes, content_type: str | None) -> str | None:
    """The charset the document, else its HTTP header, names: the file's author knows better."""
    in_document = _DECLARED.match(body)
    in_header = _CONTENT_CHARSET.search(content_type or "")
    for name in (
        in_document[1].decode("ascii") if in_document else "",
        in_header[1] if in_header else "",
    ):
        try:
            codec = codecs.lookup(name).name
        except (LookupError, ValueError):
            continue
        if codec in _CODECS:
            return _MEANT.get(codec, codec)
    return None


def _without_doctype(text: str) -> str:
    element = re.search(r"<[A-Za-z]", text)
    start = _DOCTYPE_START.search(text, 0, element.start() if element else len(text))
    if not start:
        return text
    whole = _DOCTYPE.match(text, start.start())
    if not whole:
        raise FeedError("The feed's DOCTYPE has no end.")
    return text[: whole.start()] + text[whole.end() :]


def _outside_cdata(text: str) -> str:
    """Mend ampersands, but not in CDATA, where they are plain text."""
    pieces, place = [], 0
    while (start := text.find("<![CDATA[", place)) >= 0:
        end = text.find("]]>", start)
        if end < 0:
            break
        pieces += [_AMPERSAND.sub(_mended, text[place:start]), text[start : end + 3]]
        place = end + 3
    return "".join([*pieces, _AMPERSAND.sub(_mended, text[place:])])


def _mended(found: re.Match[str]) -> str:
    name = found[1]
    if name is None:
        return "&amp;"  # a bare one, as in “AT&T” or “?a=1&b=2”
    if name in XML_ENTITIES:
        return found[0]
    if name.startswith("#"):
        point = int(f"0{name[1:]}", 0) if name[1] in "xX" else int(name[1:])
        return found[0] if _is_xml(point) else ""
    point = name2codepoint.get(name, 0)
    return chr(point) if point else f"&amp;{name};"


def _is_xml(point: int) -> bool:
    return (
        point in (0x9, 0xA, 0xD)
        or 0x20 <= point <= 0xD7FF
        or 0xE000 <= point <= 0xFFFD
        or 0x10000 <= point <= 0x10FFFF
    )
