"""A picture as a feed names it, and what its address and attributes tell: its size, and whether it is one at all."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Self

from digests.assembly.wording import plain

SMALLEST = 60  # narrower ones are beacons, spacers and icons
# Faces, emoji, share buttons, counters, logos: never what a story shows.
_NEVER = re.compile(
    r"gravatar\.com/|/avatars?[/._-]|/core/emoji/|/emoji/|twemoji|/smil(?:ies|eys)/|~ff/|feeds\.feedburner\.com"
    r"|feedsportal|pixel\.|/pixel[/.?]|stats?\.wordpress\.com|doubleclick|scorecardresearch|google-analytics"
    r"|(?:^|[/_.-])(?:share|sharing|icons?|favicon|logos?|spacer|blank|transparent|1x1|badge|counter|hitcounter"
    r"|loading|loader|placeholder|tracking|beacon)(?=[/_.-]|$)|share_save|addtoany|sharethis",
    re.IGNORECASE,
)
_NEVER_CLASS = re.compile(r"avatar|emoji|smiley|icon|logo|gravatar|tracking", re.IGNORECASE)
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_NAME = re.compile(r"\.(?:jpe?g|png|webp|avif|gif)(?:$|\?)", re.IGNORECASE)
_OTHER_NAME = re.compile(
    r"\.(?:mp[34]|m4[av]|mov|webm|ogg|pdf|zip|wav|aac|svg)(?:$|\?)", re.IGNORECASE
)
_SIZE_IN_NAME = re.compile(
    r"-(\d{2,4})x\d{2,4}\.(?:jpe?g|png|webp|gif|avif)|[?&](?:w|width)=(\d{2,4})\b"
)
_WIDEST_OF_SET = 2_000  # more is no better in a mail
_LAZY = ("data-src", "data-lazy-src", "data-original", "data-orig-file", "data-large-file")


@dataclass(frozen=True, slots=True)
class RawPicture:
    """`rank`: how surely it is the story's own; 1 what the feed calls so, 3 one in the text, 4 a thumbnail."""

    url: str
    width: int | None = None  # as the feed claims
    alt: str = ""
    caption: str = ""
    credit: str = ""
    rank: int = 1

    def with_caption(self, words: str) -> Self:
        return replace(self, caption=words)

    @property
    def known_width(self) -> int | None:
        if self.width:
            return self.width
        found = _SIZE_IN_NAME.search(self.url)
        return int(found[1] or found[2]) if found else None

    @property
    def is_none(self) -> bool:
        """An icon, a face, a beacon."""
        width = self.known_width
        return bool(_NEVER.search(self.url)) or (width is not None and width < SMALLEST)


def picture_of(said: Mapping[str, str], linked: str) -> RawPicture | None:
    """What an <img> with these attributes shows; `linked` is where a link around it leads, often to it in full."""
    sizes = [_number(said.get(side)) for side in ("width", "height")]
    style = said.get("style", "")
    if any(size is not None and size < SMALLEST for size in sizes) or _HIDDEN.search(style):
        return None
    if _NEVER_CLASS.search(said.get("class", "")) or re.search(
        r"(?:height|width)\s*:\s*1(?:em|px)", style
    ):
        return None
    found: list[tuple[int, str]] = []
    for name in ("srcset", "data-srcset", "data-lazy-srcset"):
        found += _of_set(said.get(name, ""))
    lazy = next((said[name] for name in _LAZY if said.get(name)), "")
    source = lazy or said.get("src", "")
    if _NAME.search(linked):
        found.append((_WIDEST_OF_SET, linked))
    width = max((one for one in found if one[0] <= _WIDEST_OF_SET), default=(sizes[0] or 0, source))
    if not width[1] or width[1].startswith("data:"):
        return None
    best = width if width[0] >= (sizes[0] or 0) else (sizes[0] or 0, source)
    picture = RawPicture(best[1], best[0] or None, alt=plain(said.get("alt", "")), rank=3)
    return None if picture.is_none else picture


def is_picture(url: str, kind: str, medium: str = "") -> bool:
    """Whether an enclosure or a media:content is one; its type may be missing or wrong."""
    kind = kind.strip().lower()
    if medium and medium != "image":
        return False
    if kind.startswith(("audio", "video")) or _OTHER_NAME.search(url):
        return False
    return bool(medium == "image" or kind.startswith("image") or _NAME.search(url)) and bool(url)


def number(text: object) -> int | None:
    return _number(str(text or ""))


def _number(text: str | None) -> int | None:
    digits = re.fullmatch(r"\s*(\d{1,5})(?:\.\d+)?\s*(?:px)?\s*", text or "", re.ASCII)
    return int(digits[1]) if digits else None


def _of_set(text: str) -> list[tuple[int, str]]:
    """The pictures of a srcset with their widths; those by density have none."""
    return [
        (int(width), url)
        for url, width in re.findall(r"([^\s,][^\s]{0,1999})\s+(\d{2,5})w\b", text[:10_000])
    ]
