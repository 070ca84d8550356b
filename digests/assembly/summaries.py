"""The words that introduce a story: its own description, without captions, quotes of others and what systems add."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from digests.assembly.boilerplate import is_more_link, without_boilerplate
from digests.assembly.markup import ENOUGH_WORDS, Block, Kind, Shown, shown
from digests.assembly.raw_pictures import RawPicture
from digests.assembly.wording import mended, plain, shortened

LONGEST_SUMMARY = 400  # two or three sentences; an editor shortens further
_ENDS = re.compile(r"[.!?…。！？।؟:;,\"”’»)\]]\Z")
_EASTERN = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]\Z")
_BYLINE = re.compile(
    r"(?i:by|von|par|por|di|door|text|autor)\s*:?\s+(?P<name>[^\W\d_a-z][^,.:;()]{2,60})"
)
GLANCE = 60  # characters of a second text: it is asked for what stands before them
MOST_BYLINE_WORDS = 15
OUTLETS = 40  # characters beside a link that name where it leads


@dataclass(frozen=True, slots=True)
class Told:
    """What a story's texts tell."""

    summary: str
    author: str  # named in the first line; empty: nobody is
    pictures: tuple[RawPicture, ...]
    is_locked: bool


@dataclass(frozen=True, slots=True)
class Words:
    text: str
    is_html: bool


NO_WORDS = Words("", is_html=False)


def told_by(texts: Sequence[Words], headline: str) -> Told:
    """Return the summary, author and pictures that several texts give for a story.

    The first text that says something is the summary. The others show which parts of it are not the story.
    """
    seen = [
        (
            words,
            shown(words.text, enough=GLANCE if place else ENOUGH_WORDS) if words.is_html else None,
        )
        for place, words in enumerate(words for words in texts if words.text.strip())
    ]
    line = _first_byline(seen)
    asides = [aside for _words, one in seen if one for aside in one.asides]
    author, summary = "", ""
    for place, (words, one) in enumerate(seen):
        if one is None:
            text = without_boilerplate(plain(mended(words.text)), headline)
        else:
            in_full = shown(words.text) if place and not summary else one
            named, text = _of_blocks(in_full, headline)
            author = author or named
        if not summary:
            summary = _own(text, asides, author_line=line, headline=headline)
    pictures = tuple(picture for _words, one in seen if one for picture in one.pictures)
    return Told(
        shortened(summary, LONGEST_SUMMARY),
        author,
        pictures,
        any(one.is_locked for _w, one in seen if one),
    )


def _of_blocks(one: Shown, headline: str) -> tuple[str, str]:
    """The author whom a first line names, and the words."""
    blocks = [block for block in one.blocks if block.kind is not Kind.ASIDE]
    own = [block for block in blocks if block.kind is Kind.TEXT]
    if _is_list_of_outlets(own):
        return "", ""
    if own:
        while blocks and blocks[0].kind is not Kind.TEXT:
            del blocks[0]
        blocks = [block for block in blocks if block.kind is not Kind.TABLE]
    author = _byline(blocks)
    if author:
        del blocks[0]
    blocks = _without_tail(blocks)
    return author, without_boilerplate(_joined(block.text for block in blocks), headline)


def _without_tail(blocks: list[Block]) -> list[Block]:
    """Cut off links at the end that only lead on, and “The post X appeared first on Y” in any language.

    The latter is known by two links and few words.
    """
    kept = list(blocks)
    while len(kept) > 1:
        last = kept[-1]
        beside = len(last.text) - sum(map(len, last.links))
        is_first_on = len(last.links) == 2 and beside <= OUTLETS + 10 and last.ends_in_link
        is_lead = (
            last.links and beside <= OUTLETS and any(map(is_more_link, (last.text, last.links[-1])))
        )
        if not (is_first_on or is_lead):
            break
        del kept[-1]
    if kept and kept[-1].ends_in_link and kept[-1].links and is_more_link(kept[-1].links[-1]):
        last = kept[-1]
        at = last.text.rfind(last.links[-1])
        cut = last.text[:at].rstrip(" -–|→»›") if at > 0 else last.text
        kept[-1] = Block(cut, last.kind, last.tag)
    return kept


def _is_list_of_outlets(blocks: list[Block]) -> bool:
    """Return whether each line is a link and the name of a paper, as Google News writes."""
    return len(blocks) > 1 and all(
        block.tag == "li"
        and len(block.links) == 1
        and len(block.text) - len(block.links[0]) <= OUTLETS
        for block in blocks
    )


def _byline(blocks: list[Block]) -> str:
    if len(blocks) < 2 or len(blocks[0].text.split()) > MOST_BYLINE_WORDS:
        return ""
    found = _BYLINE.match(blocks[0].text)
    if not found or re.search(r"[.!?]\s*\Z", blocks[0].text) or not found["name"][0].isupper():
        return ""
    return found["name"].strip() if blocks[0].is_slanted or len(blocks[0].text.split()) <= 6 else ""


def _first_byline(seen: Sequence[tuple[Words, Shown | None]]) -> str:
    for _words, one in seen:
        own = [block for block in one.blocks if block.kind is Kind.TEXT] if one else []
        if _byline(own):
            return own[0].text
    return ""


def _own(text: str, asides: Sequence[str], *, author_line: str, headline: str) -> str:
    """The text without what stands in front of the story's own words, where it has lost its markup."""
    pending = [*asides, *([author_line] if author_line else [])]
    is_cut = True
    while is_cut:
        is_cut = False
        for aside in pending:
            rest = text[len(aside) :].lstrip(" .:–-")
            if len(aside) > 1 and text.startswith(aside) and rest:
                text, is_cut = rest, True
    return "" if _repeats(text, headline) else text


def _repeats(text: str, headline: str) -> bool:
    """Return whether the text is only the headline again, with the paper's name at most."""
    if not text.startswith(headline):
        return False
    beside = text.removeprefix(headline)
    return len(beside.strip(" -–|.…")) <= OUTLETS and not _ends_a_sentence(beside)


def _ends_a_sentence(text: str) -> bool:
    return bool(re.search(r"\w.*[.!?。]\s*\Z", text))


def _joined(texts: Iterable[str]) -> str:
    """A standfirst and what follows do not run into one another."""
    out = ""
    for text in texts:
        if out and not _ENDS.search(out) and not text[:1].islower():
            out += "。" if _EASTERN.search(out) else "."
        out = f"{out} {text}" if out else text
    return out
