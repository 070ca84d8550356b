"""Our own copies of the pictures of stories that were picked: no reader is ever sent to somebody else's server."""

import logging

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from digests.assembly.pictures import Prepared, prepare_picture
from digests.choices import EDITABLE_STATES, WITHOUT_PICTURES, ImageChoice
from digests.models import Article, Image, Item
from digests.outside.failures import FetchError, PictureError
from digests.outside.guard import PICTURE_LIMITS, guarded_get

logger = logging.getLogger(__name__)

FOLDER = "stories"


def without_picture(*, limit: int = 200) -> list[int]:
    """Ids of items that show a picture and have none yet, though their article names one; their digests may change."""
    return list(
        Item.objects.filter(
            section__digest__state__in=EDITABLE_STATES,
            image__isnull=True,
            image_choice=ImageChoice.STORY,
            article__image_error="",
        )
        .exclude(article__image_url="")
        .exclude(section__style__in=WITHOUT_PICTURES)
        .values_list("pk", flat=True)[:limit]
    )


def copy_picture(item_id: int, *, allow: frozenset[str]) -> Image | None:
    """Fetch, check and store the picture of an item's article; None if there is none to be had.

    Where one is refused, the next that the feed names is tried. If all are, the article remembers what was wrong with
    the first, so that they are not asked for again and again.
    """
    item = (
        Item.objects.select_related("article")
        .filter(pk=item_id, image=None, image_choice=ImageChoice.STORY, article__image_error="")
        .first()
    )
    if item is None or item.article is None or not item.article.image_url:
        return None
    article, problems = item.article, []
    for url in article.picture_urls:
        try:
            image = _copy_of(url, allow)
        except (FetchError, PictureError) as error:
            logger.warning("The picture %s: %s", url, error)
            problems.append(str(error))
            continue
        Item.objects.filter(
            article__image_url=article.image_url,
            image=None,
            image_choice=ImageChoice.STORY,
            section__digest__state__in=EDITABLE_STATES,
        ).update(image=image)
        return image
    Article.objects.filter(pk=article.pk).update(image_error=problems[0][:300])
    return None


def _copy_of(url: str, allow: frozenset[str]) -> Image:
    """Raises FetchError, PictureError."""
    image = Image.objects.filter(source_url=url).first()
    if image is not None:
        return image
    response = guarded_get(url, limits=PICTURE_LIMITS, allow=allow)
    return store(url, prepare_picture(response.body))


def store(url: str, prepared: Prepared) -> Image:
    """Keep it under the address it came from.

    Names are hashes of the content: the same picture is one file, and a file never changes.
    """
    image, _made = Image.objects.get_or_create(
        source_url=url,
        defaults={
            "file": _saved(prepared.small.name, prepared.small.body),
            "width": prepared.small.width,
            "height": prepared.small.height,
            "large_file": _saved(prepared.large.name, prepared.large.body),
            "large_width": prepared.large.width,
            "large_height": prepared.large.height,
        },
    )
    return image


def _saved(name: str, body: bytes) -> str:
    path = f"{FOLDER}/{name}"
    if default_storage.exists(path):
        if default_storage.size(path) == len(body):
            return path
        default_storage.delete(path)  # a worker was lost while it wrote
    return default_storage.save(path, ContentFile(body))
