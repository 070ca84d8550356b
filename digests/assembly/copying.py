"""Our own copies of the pictures of stories that were picked: no reader is ever sent to somebody else's server."""

import logging
from collections.abc import Iterator
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db.models import Q

from digests.assembly.keeping import as_kept
from digests.assembly.page_visits import story_at
from digests.assembly.pictures import Prepared, prepare_picture
from digests.choices import EDITABLE_STATES, WITHOUT_PICTURES, ImageChoice
from digests.models import Article, Image, Item
from digests.outside.failures import FeedError, FetchError, PictureError
from digests.outside.guard import PICTURE_LIMITS, Response, guarded_get

logger = logging.getLogger(__name__)

FOLDER = "stories"


def without_picture(*, limit: int = 200) -> list[int]:
    """Ids of items that show a picture and have none yet, though one may be had; their digests may change."""
    return list(
        Item.objects.filter(
            section__digest__state__in=EDITABLE_STATES,
            image__isnull=True,
            image_choice=ImageChoice.STORY,
            article__image_error="",
        )
        .exclude(article__image_url="", article__page_picture__has_key="url")
        .exclude(section__style__in=WITHOUT_PICTURES)
        .values_list("pk", flat=True)[:limit]
    )


def copy_picture(item_id: int, *, allow: frozenset[str]) -> Image | None:
    """Fetch, check and store the picture of an item's article; None if there is none to be had.

    Where one is refused, the next that the feed names is tried, and in the end what the story's page names. If all are
    refused, the article remembers what was wrong with the first, so that they are not asked for again and again.
    """
    item = (
        Item.objects.select_related("article")
        .filter(pk=item_id, image=None, image_choice=ImageChoice.STORY, article__image_error="")
        .first()
    )
    if item is None or item.article is None:
        return None
    article, problems = item.article, []
    for url in _addresses(article, allow):
        try:
            image = _copy_of(url, allow)
        except (FetchError, PictureError) as error:
            logger.warning("The picture %s: %s", url, error)
            problems.append(str(error))
            continue
        named = Q(article__image_url=article.image_url) if article.image_url else Q(article=article)
        Item.objects.filter(
            named,
            image=None,
            image_choice=ImageChoice.STORY,
            section__digest__state__in=EDITABLE_STATES,
        ).update(image=image)
        return image
    if problems:
        Article.objects.filter(pk=article.pk).update(image_error=problems[0][:300])
    return None


def _addresses(article: Article, allow: frozenset[str]) -> Iterator[str]:
    """The page is asked only when nothing else can be had, and once."""
    known = article.picture_urls
    yield from known
    if not article.page_picture:
        article.page_picture = _of_page(article, allow)
        Article.objects.filter(pk=article.pk).update(page_picture=article.page_picture)
        yield from (url for url in article.picture_urls if url not in known)


def _of_page(article: Article, allow: frozenset[str]) -> dict[str, str]:
    try:
        story = story_at(article.url, zone="UTC", allow=allow)
    except (FetchError, FeedError) as error:
        logger.info("The page %s: %s", article.url, error)
        return {"url": ""}
    return as_kept(story.pictures[0]) if story.pictures else {"url": ""}


def _copy_of(url: str, allow: frozenset[str]) -> Image:
    """Return our copy of a picture; fetch it if there is none. Raises FetchError, PictureError."""
    image = Image.objects.filter(source_url=url).first()
    if image is not None:
        return image
    response = guarded_get(url, limits=PICTURE_LIMITS, allow=allow)
    image = store(url, prepare_picture(response.body))
    Image.objects.filter(pk=image.pk).update(**answered(response))
    return image


def answered(response: Response) -> dict[str, str]:
    """What tells later whether another picture stands at its address (RFC 9110 section 13)."""
    return {
        "etag": response.headers.get("etag", "")[:300],
        "last_modified": response.headers.get("last-modified", "")[:100],
    }


def store(url: str, prepared: Prepared) -> Image:
    """Keep it under the address it came from."""
    image, _made = Image.objects.get_or_create(source_url=url, defaults=files_of(prepared))
    return image


def files_of(prepared: Prepared) -> dict[str, Any]:
    """Write the files of a picture; return the values of their fields.

    Names are hashes of the content: the same picture is one file, and a file never changes.
    """
    return {
        "file": _saved(prepared.small.name, prepared.small.body),
        "width": prepared.small.width,
        "height": prepared.small.height,
        "large_file": _saved(prepared.large.name, prepared.large.body),
        "large_width": prepared.large.width,
        "large_height": prepared.large.height,
    }


def _saved(name: str, body: bytes) -> str:
    path = f"{FOLDER}/{name}"
    if default_storage.exists(path):
        if default_storage.size(path) == len(body):
            return path
        default_storage.delete(path)  # a worker was lost while it wrote
    return default_storage.save(path, ContentFile(body))
