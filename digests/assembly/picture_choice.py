"""Which of the pictures that a feed names is the story's: by meaning first, then by size; the others are for need."""

from collections.abc import Iterable
from dataclasses import replace

from digests.assembly.credits import caption_and_credit
from digests.assembly.raw_pictures import RawPicture
from digests.assembly.wording import plain_from_html, shortened
from digests.outside.canonical import absolute_url
from digests.outside.failures import BadUrl

WIDEST = 4_000  # a wider one is an original for print: slow to fetch, no better in a mail
ENOUGH = 600  # of this width or more, what it is counts more than its size
UNKNOWN = 500  # a picture that does not say: probably more than a thumbnail
MOST_PICTURES = 4  # the first, and what is tried when it is refused
LONGEST_ALT = 300


def chosen(pictures: Iterable[tuple[RawPicture, str]], *, headline: str) -> tuple[RawPicture, ...]:
    """The best first, each address once, with clean words. Each comes with what a relative address counts from."""
    found: dict[str, RawPicture] = {}
    for picture, base in pictures:
        if picture.is_none:
            continue
        try:
            url = absolute_url(picture.url, base)
        except BadUrl:
            continue
        found[url] = _united(found[url], picture) if url in found else replace(picture, url=url)
    best = sorted(found.values(), key=_merit)[:MOST_PICTURES]
    return tuple(_clean(picture, headline) for picture in best)


def _merit(picture: RawPicture) -> tuple[bool, int, int, int]:
    width = picture.known_width or UNKNOWN
    is_huge = width > WIDEST
    return is_huge, -min(width, ENOUGH), picture.rank, -width


def _united(one: RawPicture, other: RawPicture) -> RawPicture:
    """The same picture, named twice: in the feed and in the text."""
    return replace(
        one,
        width=one.width or other.width,
        alt=one.alt or other.alt,
        caption=one.caption or other.caption,
        credit=one.credit or other.credit,
        rank=min(one.rank, other.rank),
    )


def _clean(picture: RawPicture, headline: str) -> RawPicture:
    caption, credit = caption_and_credit(plain_from_html(picture.caption))
    alt = plain_from_html(picture.alt)
    if alt.casefold() == headline.casefold():
        alt = ""  # it describes nothing
    return replace(
        picture,
        alt=shortened(alt, LONGEST_ALT),
        caption=shortened(caption, LONGEST_ALT),
        credit=shortened(plain_from_html(picture.credit) or credit, LONGEST_ALT),
    )
