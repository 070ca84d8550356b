"""The script of embedded forms as browsers get it: one file, its style sheet inside."""

import gzip
import hashlib
import json
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from django.conf import settings

PLACE = '"{styles}"'
LARGEST = 8 * 1024  # bytes, gzipped: what an article page is asked to carry


@dataclass(frozen=True, slots=True)
class Script:
    plain: bytes
    gzipped: bytes
    etag: str


def script() -> Script:
    """Return the script. In development it is read anew each time, so that an edit shows."""
    return _read.__wrapped__() if settings.DEBUG else _read()


@cache
def _read() -> Script:
    folder = Path(settings.BASE_DIR) / "static" / "embed"
    styles = _tightened((folder / "box.css").read_text(encoding="utf-8"))
    source = (folder / "v1.js").read_text(encoding="utf-8")
    plain = source.replace(PLACE, json.dumps(styles)).encode()
    return Script(
        plain,
        gzip.compress(plain, 9, mtime=0),
        f'"{hashlib.sha256(plain).hexdigest()[:20]}"',
    )


def _tightened(css: str) -> str:
    """Return the CSS without comments and indents."""
    return re.sub(r"\s+", " ", re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL)).strip()
