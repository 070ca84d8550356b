"""Which story is which: its id at the source, and the one key that all spellings of its address have.

The key leaves out what a move of the site or a version of the page changes: http or https, `www.`, the last slash,
`/amp`. It is compared, never visited.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import replace
from hashlib import sha256
from urllib.parse import urldefrag, urlsplit

from digests.assembly.stories import ParsedStory
from digests.outside.canonical import canonical_url
from digests.outside.failures import BadUrl

LONGEST_KEY = 600  # characters; of a longer one a part and its hash
_AMP = re.compile(r"(?:/amp|\.amp)(?=/?$|\.html?$)|/$", re.IGNORECASE)
_AMP_PARAMETERS = frozenset({"amp", "amp=1", "amp=true", "outputtype=amp", "output=amp"})


def story_key(url: str) -> str:
    """Return the key of a story, made of its canonical address."""
    parts = urlsplit(url)
    host = re.sub(r"^(?:www|amp)\.", "", parts.netloc)
    path = parts.path
    while (shorter := _AMP.sub("", path)) != path:
        path = shorter
    query = "&".join(pair for pair in parts.query.split("&") if pair.lower() not in _AMP_PARAMETERS)
    return _bounded(f"{host}{path}{'?' if query else ''}{query}")


def _bounded(key: str) -> str:
    if len(key) <= LONGEST_KEY:
        return key
    return f"{key[: LONGEST_KEY - 65]}#{sha256(key.encode()).hexdigest()}"


def guid_key(guid: str) -> str:
    """Two spellings of an address that serves as an id are one; any other id stands as it is."""
    if not guid.startswith(("http://", "https://")):
        return guid
    try:
        return f"{story_key(canonical_url(guid))}#{urldefrag(guid).fragment}".rstrip("#")
    except (BadUrl, ValueError):
        return guid


def fragment_of(links: tuple[str, ...]) -> str:
    """Return the fragment of the link that counts, in plain characters; empty if it has none."""
    found = links[0].strip().partition("#")[2] if links else ""
    return found if re.fullmatch(r"[\w.:~!$&'()*+,;=/?@%-]{1,200}", found, re.ASCII) else ""


def identified(stories: Iterable[tuple[ParsedStory, str]]) -> tuple[list[ParsedStory], int]:
    """Each story once, with its key; how many others lost their place to one with the same address.

    Each comes with the fragment of its link. Where several have one address, only their ids tell them apart.
    """
    groups: defaultdict[str, list[tuple[ParsedStory, str]]] = defaultdict(list)
    order: list[str] = []
    for story, fragment in stories:
        key = story_key(story.url)
        if key not in groups:
            order.append(key)
        groups[key].append((story, fragment))
    found, lost = [], 0
    for key in order:
        kept, left_out = _apart(key, groups[key])
        found += kept
        lost += left_out
    return _without_common_ids(found), lost


def _apart(key: str, alike: list[tuple[ParsedStory, str]]) -> tuple[list[ParsedStory], int]:
    kept: dict[str, ParsedStory] = {}
    lost = 0
    for story, fragment in alike:
        guid = guid_key(story.guid)
        if not kept:
            kept[guid] = replace(story, key=key)
        elif _is_another(story, guid, kept):
            url = f"{story.url}#{fragment}" if fragment else story.url
            kept[guid] = replace(story, url=url, key=_bounded(f"{key}#{guid}"))
        else:
            known = kept.get(guid) or next(iter(kept.values()))
            lost += known.headline != story.headline
    return list(kept.values()), lost


def _is_another(story: ParsedStory, guid: str, kept: dict[str, ParsedStory]) -> bool:
    has_ids = bool(guid) and guid not in kept and "" not in kept
    return has_ids and all(story.headline != known.headline for known in kept.values())


def _without_common_ids(stories: list[ParsedStory]) -> list[ParsedStory]:
    """An id that several stories share is none."""
    times = Counter(guid_key(story.guid) for story in stories)
    return [
        replace(story, guid=guid if times[guid := guid_key(story.guid)] == 1 else "")
        for story in stories
    ]
