"""A kept picture as mails show it: by absolute addresses."""

from urllib.parse import urlsplit

from django.conf import settings
from django.core.files.storage import default_storage

from digests.models import Image
from digests.rendering.content import Picture


def picture_of(image: Image | None, *, alt: str, credit: str = "") -> Picture | None:
    if image is None:
        return None
    return Picture(
        url=absolute(default_storage.url(image.file.name)),
        width=image.width,
        height=image.height,
        alt=alt,
        large_url=absolute(default_storage.url(image.large_file.name)),
        credit=credit,
    )


def absolute(url: str) -> str:
    return url if urlsplit(url).scheme else settings.SITE_URL + url
