"""Visiting a source: one conditional GET, and every story of its feed in one row, however often it is seen.

A source that fails keeps its stories, says why, and is visited again later; it never stops another.
"""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import DataError, IntegrityError, transaction

from digests.assembly.failures import BadAnswer, FeedError, FetchError
from digests.assembly.feeds import Feed
from digests.assembly.guard import FEED_LIMITS, Response, guarded_get
from digests.assembly.reading import read_feed
from digests.assembly.stories import ParsedStory
from digests.models import Article, Source
from subscriptions.models import Publisher

logger = logging.getLogger(__name__)

# A failing source is visited less and less often, up to this.
LONGEST_INTERVAL = timedelta(hours=6)
# While one worker visits a source, others leave it alone; a worker that dies frees it by this time.
VISIT = timedelta(minutes=5)
# What a feed may change about a story that is known. Its first source and the time when it was first seen stay.
CHANGING = [
    "headline", "summary", "authors", "tags", "published_at", "updated_at", "image_url", "image_alt", "pictures",
    "seen_at", "place",
]  # fmt: skip
NOT_MODIFIED = 304


@dataclass(frozen=True, slots=True)
class Visit:
    """What came of it, for a person."""

    source: Source
    stories: int = 0  # in the feed
    is_unchanged: bool = False  # the server said so (304)
    error: str = ""


def due_ids(*, now: datetime) -> list[int]:
    return list(
        Source.objects.due(now).order_by("next_fetch_at").values_list("pk", flat=True)[:500]
    )


def fetch(
    source_id: int, *, now: datetime, allow: frozenset[str], even_if_not_due: bool = False
) -> Visit | None:
    """Visit a source and keep what it brings; None when another worker is there, or it is not due."""
    source = _claim(source_id, now, even_if_not_due)
    if source is None:
        return None
    try:
        response = guarded_get(
            source.url, limits=FEED_LIMITS, allow=allow, headers=_conditions(source)
        )
        if response.status == NOT_MODIFIED:
            _note_success(source, response, now)
            return Visit(source, is_unchanged=True)
        feed = read_feed(
            response.body,
            content_type=response.headers.get("content-type"),
            url=response.final_url,
            zone=source.zone or Publisher.objects.current().zone,
        )
        with transaction.atomic():
            keep(feed.stories, source, now=now)
            _note_success(source, response, now)
    except (FetchError, FeedError) as error:
        _note_failure(source, error, now)
        return Visit(source, error=str(error))
    return Visit(source, stories=len(feed.stories), error=_told(feed))


def keep(stories: Iterable[ParsedStory], source: Source, *, now: datetime) -> None:
    """Insert what is new, refresh what is known; one statement, so that two sources with one story do not clash.

    A story that another active source brought first is that source's to tell: two feeds with the same story would
    otherwise change its tags and words to and fro.
    """
    rows = {
        story.url: Article(
            source=source,
            url=story.url,
            headline=story.headline[:300],
            summary=story.summary,
            authors=[author[:120] for author in story.authors],
            tags=[tag.lower()[:80] for tag in story.tags],
            published_at=story.published_at,
            updated_at=story.updated_at,
            first_seen_at=now,
            seen_at=now,
            place=place,
            image_url=story.pictures[0].url if story.pictures else "",
            image_alt=story.pictures[0].alt if story.pictures else "",
            pictures=[
                {
                    "url": picture.url,
                    "alt": picture.alt,
                    "caption": picture.caption,
                    "credit": picture.credit,
                }
                for picture in story.pictures
            ],
        )
        for place, story in enumerate(stories)
    }
    known = Article.objects.filter(url__in=rows)
    for url, published_at in known.values_list("url", "published_at"):
        rows[url].published_at = published_moment(published_at, rows[url].published_at, now)
    theirs = set(
        known.filter(source__is_active=True).exclude(source=source).values_list("url", flat=True)
    )
    new_pictures = [
        url
        for url, picture in known.exclude(image_error="").values_list("url", "image_url")
        if url not in theirs and rows[url].image_url != picture
    ]
    # In one order everywhere: two feeds that share stories must not wait for each other's rows.
    Article.objects.bulk_create(
        [rows[url] for url in sorted(rows.keys() - theirs)],
        update_conflicts=True,
        unique_fields=["url"],
        update_fields=CHANGING,
    )
    Article.objects.filter(url__in=new_pictures).update(image_error="")


def published_moment(
    known: datetime | None, told: datetime | None, now: datetime
) -> datetime | None:
    """An earlier date is a correction, a future one an embargo; a later one is an update, and makes no news of it."""
    if known is None or told is None:
        return told or known
    return known if known < told <= now else told


def _claim(source_id: int, now: datetime, even_if_not_due: bool) -> Source | None:
    sources = Source.objects.filter(pk=source_id)
    if not even_if_not_due:
        sources = Source.objects.due(now).filter(pk=source_id)
    won = sources.update(next_fetch_at=now + VISIT)
    return Source.objects.filter(pk=source_id).first() if won else None


def _conditions(source: Source) -> dict[str, str]:
    headers = {"If-None-Match": source.etag, "If-Modified-Since": source.last_modified}
    return {name: value for name, value in headers.items() if value}


def _note_success(source: Source, response: Response, now: datetime) -> None:
    """What a person may have edited during the visit is not written back."""
    if response.moved_to:
        _move(source, response.moved_to)
    if response.status != NOT_MODIFIED:
        source.etag = response.headers.get("etag", "")[:300]
        source.last_modified = response.headers.get("last-modified", "")[:100]
    source.fetched_at = source.worked_at = now
    source.next_fetch_at = now + source.interval
    source.last_error = ""
    source.failures = 0
    source.save(
        update_fields=[
            "etag",
            "last_modified",
            "fetched_at",
            "worked_at",
            "next_fetch_at",
            "last_error",
            "failures",
        ]
    )


def _move(source: Source, url: str) -> None:
    """Moved for good (301, 308): the next visit goes there; unless another source is there already."""
    try:
        with transaction.atomic():
            moved = Source.objects.filter(pk=source.pk, url=source.url).update(url=url)
    except (IntegrityError, DataError):
        return
    if moved:
        source.url = url


def _note_failure(source: Source, error: Exception, now: datetime) -> None:
    logger.warning("Source %s: %s", source, error)
    source.fetched_at = now
    source.failures = min(source.failures + 1, 1000)
    source.last_error = str(error)[:500]
    longest = max(LONGEST_INTERVAL, source.interval)
    wait = min(source.interval * 2 ** min(source.failures, 8), longest)
    if isinstance(error, BadAnswer) and error.retry_after_seconds:
        wait = max(wait, min(timedelta(seconds=error.retry_after_seconds), longest))
    source.next_fetch_at = now + wait
    source.save(update_fields=["fetched_at", "failures", "last_error", "next_fetch_at"])


def _told(feed: Feed) -> str:
    """What the feed's reader should know although it worked."""
    return " ".join(feed.warnings[:3])
