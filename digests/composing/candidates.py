"""The stories an editor may add to a digest: the newest first, with where they were carried of late."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.postgres.search import SearchQuery, SearchVector
from django.db.models import Q

from digests.assembly.identity import story_key
from digests.choices import NEVER_SENT
from digests.models import Article, Digest, Item
from digests.models.article import ArticleQuerySet
from digests.outside.canonical import canonical_url
from digests.outside.failures import BadUrl

LIMIT = 30
MOST_PAGES = 20  # who has looked through so many searches by words
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Wish:
    """What the editor looks for; every one of `words` begins a word of headline or summary, or is a tag.

    Or `words` are the address of a story, as any reader may paste it, or its number.
    """

    words: str = ""
    source_id: int | None = None
    tag: str = ""
    hours: int | None = None  # no older than this
    page: int = 1


@dataclass(frozen=True, slots=True)
class StoryCandidate:
    article: Article
    carried_in: Digest | None  # the latest other digest with it, the same newsletter's first
    is_embargoed: bool = False

    def is_used_by(self, digest: Digest) -> bool:
        """Have these readers had it already?"""
        return self.carried_in is not None and self.carried_in.newsletter_id == digest.newsletter_id


@dataclass(frozen=True, slots=True)
class Candidates:
    stories: list[StoryCandidate]
    has_more: bool


def story_candidates(digest: Digest, wish: Wish, *, now: datetime) -> Candidates:
    """Return a page of stories that could be added: not in the digest yet, and not retracted.

    Three queries, however many stories there are.
    """
    start = (min(max(wish.page, 1), MOST_PAGES) - 1) * LIMIT
    found = wished(wish, now).exclude(items__section__digest=digest).select_related("source")
    articles = list(found[start : start + LIMIT + 1])
    carried = _carried(digest, articles[:LIMIT])
    return Candidates(
        [
            StoryCandidate(article, carried.get(article.pk), article.is_embargoed(now))
            for article in articles[:LIMIT]
        ],
        has_more=len(articles) > LIMIT and wish.page < MOST_PAGES,
    )


def wished(wish: Wish, now: datetime) -> ArticleQuerySet:
    """Return the stories that are wished for and not retracted, the newest first."""
    found = Article.objects.filter(retracted_at=None)
    if (named := _named_by(wish.words)) is not None:
        return found.filter(named)
    words = _WORD.findall(wish.words)[:8]
    if words:
        found = found.annotate(written=SearchVector("headline", "summary", config="simple"))
    for word in words:
        begun = SearchQuery(f"{word}:*", config="simple", search_type="raw")
        fits = Q(written=begun) | Q(tags__contains=[word.lower()])
        if re.fullmatch(r"[0-9]{1,15}", word):
            fits |= Q(pk=word)
        found = found.filter(fits)
    if wish.tag.strip():
        found = found.filter(tags__contains=[wish.tag.strip().lower()])
    if wish.source_id is not None:
        found = found.of_sources([wish.source_id])
    if wish.hours is not None:
        found = found.since(now - timedelta(hours=wish.hours))
    return found


def is_address(words: str) -> bool:
    words = words.strip()
    return words.lower().startswith(("http://", "https://")) and " " not in words


def _named_by(words: str) -> Q | None:
    """Return the condition for an address; None for words."""
    if not is_address(words):
        return None
    words = words.strip()
    try:
        return Q(addresses__key=story_key(canonical_url(words)))
    except BadUrl:
        return Q(pk=None)


def carries_address(digest: Digest, words: str) -> bool:
    """Whether the story at this address stands in the digest."""
    named = _named_by(words)
    here = Article.objects.filter(items__section__digest=digest)
    return named is not None and here.filter(named).exists()


def _carried(digest: Digest, articles: Iterable[Article]) -> dict[int, Digest]:
    items = (
        Item.objects.filter(article__in=articles)
        .exclude(section__digest=digest)
        .exclude(section__digest__state__in=NEVER_SENT)
        .select_related("section__digest__newsletter")
        .order_by("section__digest__local_date")
    )
    carried: dict[int, Digest] = {}
    for item in items:
        other = item.section.digest
        known = carried.get(item.article_id or 0)
        is_ours = other.newsletter_id == digest.newsletter_id
        if known is None or is_ours or known.newsletter_id != digest.newsletter_id:
            carried[item.article_id or 0] = other
    return carried
