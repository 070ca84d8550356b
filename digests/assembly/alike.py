"""Whether two stories tell of the same event: agencies' versions of it share most of their words.

Each text becomes the set of its shingles, every two words that follow one another, and of its words; two stories are
alike where these sets overlap enough (Broder, On the resemblance and containment of documents, 1997).
"""

import re
from collections import Counter
from collections.abc import Iterable
from itertools import pairwise

from digests.models import Article

ENOUGH_SHINGLES = 0.5  # of the smaller one's headline and summary
ENOUGH_WORDS = 0.6  # of the smaller one's headline, beside those
ALL_WORDS = 0.9  # of a headline, where the summaries have nothing in common
FEWEST_WORDS = 5  # a headline of fewer says too little to compare
SUMMARY = 200  # characters
_WORD = re.compile(r"\w+")

Traits = tuple[frozenset[str], frozenset[tuple[str, str]]]


def traits_of(article: Article) -> Traits:
    """The words of the headline, and the shingles of headline and summary."""
    headline = _WORD.findall(article.headline.casefold())
    summary = _WORD.findall(article.summary[:SUMMARY].casefold())
    pairs = [*pairwise(headline), *pairwise(summary)]
    return frozenset(headline), frozenset(pairs)


def is_alike(one: Traits, other: Traits) -> bool:
    if min(len(one[0]), len(other[0])) < FEWEST_WORDS:
        return False
    words = _overlap(one[0], other[0])
    if words < ENOUGH_WORDS:
        return False
    # Numbers tell events apart that are told in the same words: results, wards, quakes of other days.
    if _numbers(one) != _numbers(other):
        return False
    return words >= ALL_WORDS or _overlap(one[1], other[1]) >= ENOUGH_SHINGLES


def without_alike(
    articles: Iterable[Article], known: Iterable[Traits], limit: int, *, most_per_source: int = 0
) -> list[Article]:
    """The first of each event, in their order, and none of an event that is known already.

    `most_per_source` is 0 for no bound; stories without a source are not counted.
    """
    traits = list(known)
    found: list[Article] = []
    taken: Counter[int] = Counter()
    for article in articles:
        if len(found) == limit:
            break
        source_id = article.source_id
        if source_id and most_per_source and taken[source_id] >= most_per_source:
            continue
        mine = traits_of(article)
        if not any(is_alike(mine, other) for other in traits):
            found.append(article)
            taken[source_id or 0] += 1
            traits.append(mine)
    return found


def _numbers(traits: Traits) -> set[str]:
    return {word for word in traits[0] if word.isdecimal()}


def _overlap(one: frozenset[object], other: frozenset[object]) -> float:
    smaller = min(len(one), len(other))
    return len(one & other) / smaller if smaller else 0.0
