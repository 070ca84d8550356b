"""Feeds and pictures of our own making, for servers that tests run."""

from collections.abc import Sequence
from datetime import datetime
from email.utils import format_datetime
from io import BytesIO

from PIL import Image


def rss(*items: str) -> bytes:
    body = "".join(items)
    return f'<rss version="2.0"><channel><title>Wire</title>{body}</channel></rss>'.encode()


def item(
    headline: str,
    link: str,
    *,
    published_at: datetime | None = None,
    tags: Sequence[str] = (),
    picture: str = "",
) -> str:
    date = f"<pubDate>{format_datetime(published_at)}</pubDate>" if published_at else ""
    image = f'<enclosure url="{picture}" type="image/jpeg" length="9"/>' if picture else ""
    categories = "".join(f"<category>{tag}</category>" for tag in tags)
    return f"<item><title>{headline}</title><link>{link}</link>{date}{categories}{image}</item>"


def jpeg(width: int = 900, height: int = 600, colour: str = "teal") -> bytes:
    file = BytesIO()
    Image.new("RGB", (width, height), colour).save(file, "JPEG")
    return file.getvalue()
