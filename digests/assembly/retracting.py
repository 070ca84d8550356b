"""What a source has taken back: it says so in its feed, or the story left the feed out of turn and its page is gone.

A story that merely fell off the end of a feed is not taken back: older ones must still be listed. A page alone proves
nothing, as servers stumble; feed and page together do.
"""

import logging
from datetime import datetime

from django.db.models import Min

from digests.assembly.feeds import Feed
from digests.assembly.identity import guid_key
from digests.models import Article, Source
from digests.outside.failures import BadAnswer, FetchError
from digests.outside.guard import FEED_LIMITS, guarded_get

logger = logging.getLogger(__name__)

GONE = (404, 410)
MOST_PAGES = 5  # asked for in one visit


def retract(
    feed: Feed, source: Source, *, before: datetime | None, now: datetime, allow: frozenset[str]
) -> list[int]:
    """Retract stories that the source took back; return their ids. Call it after the feed's stories are kept.

    `before`: the source's visit before.
    """
    # What staff have restored is theirs to judge: a feed names it for as long as it likes.
    standing = Article.objects.filter(retracted_at=None, restored_at=None, source=source)
    named = [guid_key(ref) for ref in feed.deleted]
    told = (
        list(standing.filter(sightings__source=source, sightings__guid__in=named)) if named else []
    )
    gone = [story for story in _missing(source, before, now) if _is_gone(story.url, allow)]
    found = {story.pk: story for story in (*told, *gone)}
    # Whoever retracted or restored one while pages were asked for is not overruled.
    standing.filter(pk__in=found).update(retracted_at=now)
    for story in found.values():
        logger.warning("Source %s took back %s", source, story.url)
    return list(found)


def _missing(source: Source, before: datetime | None, now: datetime) -> list[Article]:
    """Return stories that the visit before listed and this one does not, although it still lists older ones."""
    if before is None:
        return []
    here = Article.objects.filter(sightings__source=source)
    listed = here.filter(sightings__seen_at=now, first_seen_at__lt=now)
    oldest = listed.aggregate(oldest=Min("published_at"))["oldest"]
    if oldest is None:
        return []
    left = here.filter(sightings__seen_at=before, published_at__gt=oldest, published_at__lte=now)
    return list(left.filter(retracted_at=None, restored_at=None, source=source)[:MOST_PAGES])


def _is_gone(url: str, allow: frozenset[str]) -> bool:
    try:
        guarded_get(url, limits=FEED_LIMITS, allow=allow)
    except BadAnswer as answer:
        return answer.status in GONE
    except FetchError:
        return False
    return False
