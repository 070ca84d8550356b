"""JSON Feed 1.0 and 1.1 (jsonfeed.org/version/1.1), and the posts of WordPress's REST interface."""

import json
from collections.abc import Iterator
from typing import Any

from digests.assembly.raw_pictures import RawPicture, is_picture
from digests.assembly.stories import RawStory
from digests.assembly.summaries import Words
from digests.assembly.wordpress_posts import is_posts, read_posts
from digests.outside.failures import FeedError


def read_json(text: str, url: str) -> tuple[str, Iterator[RawStory], tuple[str, ...]]:
    """Title and stories; it has no way to tell of deleted ones. Raises FeedError for what is neither."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise FeedError("The feed is not valid JSON.") from error
    if isinstance(document, list) and document and is_posts(document):
        return read_posts(document, url)
    if not isinstance(document, dict) or not isinstance(document.get("items"), list):
        raise FeedError("This JSON is not a JSON Feed: it has no list of items.")
    items = (item for item in document["items"] if isinstance(item, dict))
    return _text(document, "title"), (_story(item, document, url) for item in items), ()


def _story(item: dict[str, Any], document: dict[str, Any], url: str) -> RawStory:
    authors = _people(item) or _people(document)
    summary = Words(_text(item, "summary"), is_html=False)
    html = Words(_text(item, "content_html"), is_html=True)
    plain = Words(_text(item, "content_text"), is_html=False)
    tags = item.get("tags")
    return RawStory(
        base=url,
        links=tuple(link for key in ("url", "external_url", "id") if (link := _text(item, key))),
        guid=_text(item, "id"),
        headline=Words(_text(item, "title"), is_html=False),
        texts=(summary, html, plain),
        authors=authors,
        tags=tuple(tag for tag in tags if isinstance(tag, str)) if isinstance(tags, list) else (),
        published=_text(item, "date_published"),
        updated=_text(item, "date_modified"),
        pictures=tuple(_pictures(item)),
    )


def _pictures(item: dict[str, Any]) -> Iterator[RawPicture]:
    for key in ("image", "banner_image"):
        if link := _text(item, key):
            yield RawPicture(link)
    attached = item.get("attachments")
    for one in attached if isinstance(attached, list) else []:
        if isinstance(one, dict) and is_picture(_text(one, "url"), _text(one, "mime_type")):
            yield RawPicture(_text(one, "url"), alt=_text(one, "title"), rank=2)


def _people(holder: dict[str, Any]) -> tuple[str, ...]:
    """Version 1.1 has a list, 1.0 a single author."""
    found = holder.get("authors")
    people = found if isinstance(found, list) else [holder.get("author")]
    return tuple(_text(person, "name") for person in people if isinstance(person, dict))


def _text(holder: dict[str, Any], key: str) -> str:
    """A string or a number as text; an `id` may be either."""
    value = holder.get(key)
    return str(value) if isinstance(value, str | float) or type(value) is int else ""
