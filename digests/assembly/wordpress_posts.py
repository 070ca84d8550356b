"""Posts as WordPress's REST interface answers them: /wp-json/wp/v2/posts?_embed."""

from collections.abc import Iterator
from typing import Any

from digests.assembly.raw_pictures import RawPicture
from digests.assembly.stories import RawStory
from digests.assembly.summaries import Words


def is_posts(document: object) -> bool:
    return isinstance(document, list) and all(
        isinstance(post, dict) and "link" in post and isinstance(post.get("title"), dict)
        for post in document
    )


def read_posts(
    document: list[dict[str, Any]], url: str
) -> tuple[str, Iterator[RawStory], tuple[str, ...]]:
    """Read the posts of WordPress's answer, which has no title and names no deleted posts."""
    return "", (_story(post, url) for post in document), ()


def _story(post: dict[str, Any], url: str) -> RawStory:
    is_locked = any(_part(post, name).get("protected") is True for name in ("excerpt", "content"))
    embedded = _part(post, "_embedded")
    return RawStory(
        base=url,
        links=(_text(post, "link"),) if _text(post, "link") else (),
        guid=_rendered(post, "guid"),
        headline=Words(_rendered(post, "title"), is_html=True),
        texts=tuple(Words(_rendered(post, name), is_html=True) for name in ("excerpt", "content")),
        authors=tuple(_text(person, "name") for person in _list(embedded.get("author"))),
        tags=tuple(_tags(embedded)),
        # `date` is local time and names no zone.
        published=_utc(post, "date_gmt") or _text(post, "date"),
        updated=_utc(post, "modified_gmt") or _text(post, "modified"),
        pictures=tuple(_pictures(embedded)),
        is_locked=is_locked,
    )


def _tags(embedded: dict[str, Any]) -> Iterator[str]:
    groups = embedded.get("wp:term")
    for group in groups if isinstance(groups, list) else []:
        for term in _list(group):
            if _text(term, "taxonomy") in ("category", "post_tag"):
                yield _text(term, "name")


def _pictures(embedded: dict[str, Any]) -> Iterator[RawPicture]:
    """What may not be embedded is a refusal in its place, without an address."""
    for media in _list(embedded.get("wp:featuredmedia")):
        kind = _text(media, "mime_type")
        if not _text(media, "source_url") or (kind and not kind.startswith("image/")):
            continue
        width = _part(media, "media_details").get("width")
        yield RawPicture(
            _text(media, "source_url"),
            width if type(width) is int else None,
            alt=_text(media, "alt_text"),
            caption=_rendered(media, "caption"),
        )


def _utc(post: dict[str, Any], name: str) -> str:
    moment = _text(post, name)
    return f"{moment}Z" if moment else ""


def _rendered(holder: dict[str, Any], name: str) -> str:
    return _text(_part(holder, name), "rendered")


def _part(holder: dict[str, Any], name: str) -> dict[str, Any]:
    found = holder.get(name)
    return found if isinstance(found, dict) else {}


def _list(found: object) -> list[dict[str, Any]]:
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def _text(holder: dict[str, Any], name: str) -> str:
    found = holder.get(name)
    return found if isinstance(found, str) else ""
