"""Visiting a source: one conditional GET, and every story of its feed in one row, however often it is seen.

A source that fails keeps its stories, says why, and is visited again later; it never stops another.
"""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import DataError, IntegrityError, transaction

from digests.assembly.feeds import Feed
from digests.assembly.keeping import keep
from digests.assembly.reading import read_feed
from digests.assembly.retracting import retract
from digests.assembly.source_keys import headers_for
from digests.models import Source
from digests.notices import sources as trouble
from digests.outside.failures import BadAnswer, FeedError, FetchError, WebPageNotFeed
from digests.outside.guard import FEED_LIMITS, Response, guarded_get
from subscriptions.models import Publisher

logger = logging.getLogger(__name__)

# A failing source is visited less and less often, up to this.
LONGEST_INTERVAL = timedelta(hours=6)
# While one worker visits a source, others leave it alone; a worker that dies frees it by this time.
VISIT = timedelta(minutes=5)
NOT_MODIFIED = 304
GONE = 410
REFUSED = (401, 403)
NOTED = (
    "etag", "last_modified", "fetched_at", "worked_at", "next_fetch_at", "last_error", "failures", "warnings", "found",
    "taken", "brought_at",
)  # fmt: skip
IN_FULL = timedelta(hours=2)
MISSED = (
    "None of its {number} stories was there at the visit before: others may have come and gone in between. "
    "Visit it more often."
)


@dataclass(frozen=True, slots=True)
class Visit:
    """The result of one visit to a source, for staff to read."""

    source: Source
    stories: int = 0  # in the feed
    is_unchanged: bool = False  # the server said so (304)
    error: str = ""
    changed: tuple[int, ...] = ()  # ids of stories that it corrected or took back


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
            source.url,
            limits=FEED_LIMITS,
            allow=allow,
            headers=_conditions(source, now),
            secrets=headers_for(source),
        )
        if response.status == NOT_MODIFIED:
            _note_success(source, response, now)
            return Visit(source, is_unchanged=True)
        feed = _read(source, response)
        before = source.asked_in_full_at
        with transaction.atomic():
            known = source.sightings.count()
            changed = keep(feed.stories, source, now=now)
            _note_stories(source, feed, new=source.sightings.count() - known, now=now)
            _note_success(source, response, now)
        changed += retract(feed, source, before=before, now=now, allow=allow)
        # Last of all: whoever is killed before has not compared, and the next visit does it with the same one.
        Source.objects.filter(pk=source.pk).update(asked_in_full_at=now)
    except (FetchError, FeedError) as error:
        _note_failure(source, error, now)
        return Visit(source, error=source.last_error)
    return Visit(source, stories=len(feed.stories), error=_told(feed), changed=tuple(changed))


@dataclass(frozen=True, slots=True)
class Look:
    """What a source holds, before it is kept; `offer` is the feed that a page names instead."""

    feed: Feed | None
    error: str = ""
    offer: str = ""


def look(source: Source, *, allow: frozenset[str]) -> Look:
    """A visit that keeps nothing; `source` need not be saved."""
    try:
        response = guarded_get(
            source.url, limits=FEED_LIMITS, allow=allow, secrets=headers_for(source)
        )
        return Look(_read(source, response))
    except WebPageNotFeed as page:
        return Look(None, str(page), page.feed_url or "")
    except (FetchError, FeedError) as error:
        return Look(None, _why(source, error))


def _read(source: Source, response: Response) -> Feed:
    return read_feed(
        response.body,
        content_type=response.headers.get("content-type"),
        url=response.final_url,
        zone=source.zone or Publisher.objects.current().zone,
    )


def _claim(source_id: int, now: datetime, even_if_not_due: bool) -> Source | None:
    sources = Source.objects.filter(pk=source_id)
    if not even_if_not_due:
        sources = Source.objects.due(now).filter(pk=source_id)
    won = sources.update(next_fetch_at=now + VISIT)
    return Source.objects.filter(pk=source_id).first() if won else None


def _conditions(source: Source, now: datetime) -> dict[str, str]:
    """Return the headers of a conditional GET; none of them once in two hours.

    WordPress answers 304 until another story is saved, though one was taken down.
    """
    if source.asked_in_full_at is None or source.asked_in_full_at <= now - IN_FULL:
        return {}
    headers = {"If-None-Match": source.etag, "If-Modified-Since": source.last_modified}
    return {name: value for name, value in headers.items() if value}


def _note_stories(source: Source, feed: Feed, *, new: int, now: datetime) -> None:
    source.warnings = [warning[:500] for warning in feed.warnings]
    if source.asked_in_full_at and new == len(feed.stories) > 1:
        source.warnings.append(MISSED.format(number=new))
    source.found, source.taken = feed.found, len(feed.stories)
    if new or source.brought_at is None:
        source.brought_at = now


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
    source.save(update_fields=NOTED)
    trouble.judge(source, now=now)


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
    source.last_error = _why(source, error)[:500]
    longest = max(LONGEST_INTERVAL, source.interval)
    wait = min(source.interval * 2 ** min(source.failures, 8), longest)
    if isinstance(error, BadAnswer) and error.retry_after_seconds:
        wait = max(wait, min(timedelta(seconds=error.retry_after_seconds), longest))
    source.next_fetch_at = now + wait
    noted = ["fetched_at", "failures", "last_error", "next_fetch_at"]
    if isinstance(error, BadAnswer) and error.status == GONE:
        source.is_active = False
        noted.append("is_active")  # only then: staff may have switched it off during the visit
    # Together: nobody visits a source that is gone, so nobody would tell of it later.
    with transaction.atomic():
        source.save(update_fields=noted)
        trouble.judge(source, now=now)


def _why(source: Source, error: Exception) -> str:
    if not isinstance(error, BadAnswer) or error.status not in REFUSED:
        return str(error)
    if source.sealed_secret:
        return f"{error} Its password or key is refused: enter a new one."
    return f"{error} It asks for a password or a key." if error.status == REFUSED[0] else str(error)


def _told(feed: Feed) -> str:
    """What the feed's reader should know although it worked."""
    return " ".join(feed.warnings[:3])
