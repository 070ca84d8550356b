"""Who wrote a story: names without “by” and without addresses, several in one field told apart."""

import re
from collections.abc import Iterable

_BY = re.compile(r"(?:by|von|par|por)\s+(?=\S+\s+\S)", re.IGNORECASE)
_ADDRESS = re.compile(r"[(<\[]?\b[^\s@<>()]+@[^\s@<>()]+\.[^\s@<>()]+\b[)>\]]?")
_BETWEEN = re.compile(
    r"\s*[,;]\s*(?:(?:and|und|et|y|e|en|og|och|ja|&)\s+)?|\s+(?:and|und|et|y|e|en|og|och|ja|&)\s+"
)
_PARTICLES = frozenset(
    {
        "de", "del", "della", "der", "den", "van", "von", "zu", "la", "le", "al", "el", "bin", "ben", "di", "da", "do",
        "dos", "du", "y", "af", "ter",
    }
)  # fmt: skip
# Words of functions: what stands after a comma is then no second person.
_FUNCTIONS = re.compile(
    r"\b(?:writer|editors?|correspondents?|reporters?|staff|agency|press|news|desk|team|bureau|redaktion|photographer"
    r"|columnist|contributor|service|daily|post|times|university|professor|phd|md|jr|sr)\b",
    re.IGNORECASE,
)


def people(names: Iterable[str]) -> list[str]:
    """Return the single names in bylines. In doubt a name stays as it is written."""
    found = []
    for name in names:
        bare = _BY.sub("", _ADDRESS.sub(" ", name).strip(), count=1).strip(" ,;")
        if bare:
            found += _apart(bare)
    return found


def _apart(name: str) -> list[str]:
    parts = [part.strip() for part in _BETWEEN.split(name)]
    return parts if len(parts) > 1 and all(map(_is_full_name, parts)) else [name]


def _is_full_name(part: str) -> bool:
    words = part.split()
    capitals = [word for word in words if word[:1].isupper()]
    return (
        2 <= len(words) <= 5
        and len(capitals) >= 2
        and all(word[:1].isupper() or word in _PARTICLES for word in words)
        and not _FUNCTIONS.search(part)
    )
