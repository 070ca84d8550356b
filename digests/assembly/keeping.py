"""What a feed brings becomes rows: one story, one row, whatever its address, its words and its feeds.

A story is known by its id in this source, else by any address that it has had (identity.py). Its words are its first
source's to tell, as long as that one is active; tags unite those of all.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from digests.assembly.raw_pictures import RawPicture
from digests.assembly.stories import ParsedStory
from digests.models import Article, Sighting, Source, StoryAddress

# Two feeds that share a story are kept one after the other, so that each sees what the other has brought.
_LOCK = 7_203_114
# An id that no other paper gives: an address, a tag URI (RFC 4151), a UUID.
_WORLDWIDE = re.compile(
    r"(?:[a-z0-9-]+\.)+[a-z]{2,}(?::\d+)?[/?]|tag:[^,]+,\d{4}|urn:uuid:", re.IGNORECASE
)
# What a feed may change about a story that is known. Its first source and the time when it was first seen stay.
CHANGING = [
    "url", "headline", "summary", "authors", "tags", "published_at", "updated_at", "image_url", "image_alt", "pictures",
    "image_error",
]  # fmt: skip
# Changes at each visit, of every story: written apart, which costs a tenth.
_SEEN = """
UPDATE digests_article SET seen_at = %s, place = told.place
  FROM unnest(%s::bigint[], %s::int[]) AS told (id, place)
 WHERE digests_article.id = told.id
"""
SHOWN = ["url", "headline", "summary", "image_url"]


def keep(stories: Sequence[ParsedStory], source: Source, *, now: datetime) -> list[int]:
    """Ids of those whose words or picture are others than before.

    In the caller's transaction. The number of queries does not grow with the stories.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
    placed = _Known.of(stories, source).placed(stories)
    rows = [(place, story, placed[place]) for place, story in enumerate(stories)]
    made = Article.objects.bulk_create(
        [_article(story, source, place, now) for place, story, known in rows if known is None]
    )
    fresh = iter(made)
    told = [(story, known or next(fresh)) for _place, story, known in rows]
    others = _tags_elsewhere([article for _story, article in told], source)
    changed, corrected, seen = [], [], {}
    for place, story, known in rows:
        if known is None:
            continue
        before = [getattr(known, name) for name in CHANGING]
        if _is_its_to_tell(known, source):
            was = [getattr(known, name) for name in SHOWN]
            _retell(known, story, place, now)
            seen[known.pk] = place
            if was != [getattr(known, name) for name in SHOWN]:
                corrected.append(known.pk)
        if "tags" not in known.corrected:
            known.tags = _united(_tags(story, source), *others.get(known.pk, ()))
        if before != [getattr(known, name) for name in CHANGING]:
            changed.append(known)
    Article.objects.bulk_update(changed, CHANGING, batch_size=500)
    with connection.cursor() as cursor:
        cursor.execute(_SEEN, [now, list(seen), list(seen.values())])
    _note(told, source, now)
    return corrected


def keep_pasted(story: ParsedStory, keys: Sequence[str], *, now: datetime) -> Article:
    """A story of no source, or the one that is known by one of its addresses. In the caller's transaction.

    The first feed that brings it tells it from then on.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
    known = StoryAddress.objects.filter(key__in=keys).select_related("article").first()
    if known is not None:
        return known.article
    article = Article(first_seen_at=now, tags=[tag.lower()[:80] for tag in story.tags])
    _retell(article, story, 0, now)
    article.save()
    StoryAddress.objects.bulk_create(StoryAddress(key=key, article=article) for key in keys)
    return article


def published_moment(
    known: datetime | None, told: datetime | None, now: datetime
) -> datetime | None:
    """An earlier date is a correction, a future one an embargo; a later one is an update, and makes no news of it."""
    if known is None or told is None:
        return told or known
    return known if known < told <= now else told


@dataclass(frozen=True, slots=True)
class _Known:
    """Stories by what these may be known by."""

    by_guid: dict[str, Article]
    by_key: dict[str, Article]

    @classmethod
    def of(cls, stories: Sequence[ParsedStory], source: Source) -> "_Known":
        guids = [story.guid for story in stories if story.guid]
        keys = [key for story in stories for key in _keys(story)]
        # Locked, so that what staff correct meanwhile is not written over.
        sightings = (
            Sighting.objects.filter(source=source, guid__in=guids)
            .select_related("article__source")
            .select_for_update(of=("article",))
        )
        addresses = (
            StoryAddress.objects.filter(key__in=keys)
            .select_related("article__source")
            .select_for_update(of=("article",))
        )
        articles: dict[int, Article] = {}  # one object a row, however it was found
        return cls(
            {one.guid: articles.setdefault(one.article_id, one.article) for one in sightings},
            {one.key: articles.setdefault(one.article_id, one.article) for one in addresses},
        )

    def placed(self, stories: Sequence[ParsedStory]) -> list[Article | None]:
        """Return the row of each story, or None if it has none; no row is two stories of one feed."""
        found: list[Article | None] = [self.by_guid.get(story.guid) for story in stories]
        taken = {article.pk for article in found if article}
        for place, story in enumerate(stories):
            if found[place] is not None:
                continue
            known = next((self.by_key[key] for key in _keys(story) if key in self.by_key), None)
            if known is not None and known.pk not in taken:
                found[place] = known
                taken.add(known.pk)
        return found


def _keys(story: ParsedStory) -> list[str]:
    """Return the story's own key, and the key of an address which serves as its id."""
    named = [story.guid] if _WORLDWIDE.match(story.guid) else []
    return list(dict.fromkeys([story.key, *named]))


def _tags(story: ParsedStory, source: Source) -> list[str]:
    """Return the story's own tags, and those that the source gives to each story."""
    return _united([tag.strip().lower()[:80] for tag in (*story.tags, *source.tags)])


def _united(*lists: list[str]) -> list[str]:
    return list(dict.fromkeys(tag for tags in lists for tag in tags))


def _article(story: ParsedStory, source: Source, place: int, now: datetime) -> Article:
    article = Article(source=source, first_seen_at=now, tags=_tags(story, source))
    _retell(article, story, place, now)
    return article


def _is_its_to_tell(article: Article, source: Source) -> bool:
    teller = article.source
    return teller is None or teller.pk == source.pk or not teller.is_active


def _retell(article: Article, story: ParsedStory, place: int, now: datetime) -> None:
    """A story that has become one for members only keeps the summary that it had; what staff corrected stays."""
    said: dict[str, Any] = {
        "url": story.url,
        "headline": story.headline,
        "summary": story.summary or article.summary,
        "authors": [author[:120] for author in story.authors],
        "published_at": published_moment(article.published_at, story.published_at, now),
        "updated_at": story.updated_at,
        "seen_at": now,
        "place": place,
    }
    for name, value in said.items():
        if name not in article.corrected:
            setattr(article, name, value)
    if "picture" not in article.corrected:
        _take_pictures(article, story)


def _take_pictures(article: Article, story: ParsedStory) -> None:
    picture = story.pictures[0] if story.pictures else None
    url = picture.url if picture else ""
    if url != article.image_url:
        article.image_error = ""
    article.image_url, article.image_alt = url, picture.alt if picture else ""
    article.pictures = [as_kept(one) for one in story.pictures]


def as_kept(picture: RawPicture) -> dict[str, str]:
    """Return a picture as an article keeps it."""
    return {name: getattr(picture, name) for name in ("url", "alt", "caption", "credit")}


def _tags_elsewhere(articles: list[Article], source: Source) -> dict[int, list[list[str]]]:
    found: dict[int, list[list[str]]] = {}
    rows = Sighting.objects.filter(article__in=articles).exclude(source=source).order_by("pk")
    for article_id, tags in rows.values_list("article", "tags"):
        found.setdefault(article_id, []).append(tags)
    return found


def _note(told: list[tuple[ParsedStory, Article]], source: Source, now: datetime) -> None:
    """Under which id it was seen here, and by which addresses it is known from now on."""
    Sighting.objects.filter(
        source=source, guid__in=[story.guid for story, _article in told if story.guid]
    ).exclude(article__in=[article for _story, article in told]).update(guid="")
    Sighting.objects.bulk_create(
        [
            Sighting(
                article=article,
                source=source,
                guid=story.guid,
                tags=_tags(story, source),
                seen_at=now,
            )
            for story, article in told
        ],
        update_conflicts=True,
        unique_fields=["source", "article"],
        update_fields=["guid", "tags", "seen_at"],
    )
    StoryAddress.objects.bulk_create(
        [StoryAddress(key=key, article=article) for story, article in told for key in _keys(story)],
        ignore_conflicts=True,
    )
