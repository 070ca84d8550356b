"""The stories an editor may add to a digest: the newest first, with where this newsletter carried them of late."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Q, QuerySet

from digests.assembly.selecting import NEVER_SENT
from digests.models import Article, Digest, Item

LIMIT = 30


@dataclass(frozen=True, slots=True)
class StoryCandidate:
    article: Article
    carried_in: Digest | None  # the newsletter's latest other digest with it


def story_candidates(
    digest: Digest, words: str = "", source_id: int | None = None, *, limit: int = LIMIT
) -> list[StoryCandidate]:
    """Not in the digest yet. Every one of `words` stands in the headline or is a tag."""
    found: QuerySet[Article] = Article.objects.select_related("source")
    for word in words.split()[:8]:
        found = found.filter(Q(headline__icontains=word) | Q(tags__contains=[word.lower()]))
    if source_id is not None:
        found = found.filter(source=source_id)
    articles = list(found.exclude(items__section__digest=digest)[:limit])
    carried = _carried(digest, articles)
    return [StoryCandidate(article, carried.get(article.pk)) for article in articles]


def _carried(digest: Digest, articles: Iterable[Article]) -> dict[int, Digest]:
    items = (
        Item.objects.filter(article__in=articles, section__digest__newsletter=digest.newsletter_id)
        .exclude(section__digest=digest)
        .exclude(section__digest__state__in=NEVER_SENT)
        .select_related("section__digest__newsletter")
        .order_by("section__digest__local_date")
    )
    return {item.article_id: item.section.digest for item in items if item.article_id}
