"""The file .env: NAME=value lines, as shells and containers read them. What cannot be read is named with its line."""

import codecs
import re
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

LINE = re.compile(r"(?:export\s+)?(?P<name>[A-Za-z_][A-Za-z_0-9]*)\s*=\s*(?P<value>.*)")


def read(path: Path) -> dict[str, str]:
    """Read the variables of a file.

    Raises ImproperlyConfigured, without repeating a value; OSError if the file cannot be read.
    """
    content = path.read_bytes().removeprefix(codecs.BOM_UTF8)
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise ImproperlyConfigured(f"{path} is UTF-16: save it as UTF-8.")
    found = {}
    for number, raw in enumerate(content.splitlines(), start=1):
        line = _text(path, number, raw).strip()
        if not line or line.startswith("#"):
            continue
        match = LINE.fullmatch(line)
        if match is None:
            raise ImproperlyConfigured(
                f"Line {number} of {path} is no NAME=value: put that right, or # before it."
            )
        found[match["name"]] = _unquoted(match["value"])
    return found


def _text(path: Path, number: int, raw: bytes) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        raise ImproperlyConfigured(
            f"Line {number} of {path} is not UTF-8: save the file as UTF-8, or write such letters in URLs as %C3%A9 "
            "and the like."
        ) from None


def _unquoted(value: str) -> str:
    """Within '…' every character is itself; within "…" a backslash makes the next one so."""
    if len(value) > 1 and value[0] == value[-1] == "'":
        return value[1:-1]
    if len(value) > 1 and value[0] == value[-1] == '"':
        return re.sub(r"\\(.)", r"\1", value[1:-1])
    return value
