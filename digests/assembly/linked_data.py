"""What a page says of its story in JSON-LD (schema.org), as newspapers write it for search engines."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

from digests.assembly.raw_pictures import RawPicture

LONGEST = 500_000  # characters of one script
MOST_SCRIPTS = 20
MOST_NODES = 2_000
DEEPEST = 12
_SCRIPT = re.compile(r"<script\b[^>]{0,500}application/ld\+json[^>]{0,500}>", re.IGNORECASE)
_END = re.compile(r"</script", re.IGNORECASE)
_ARTICLE = re.compile(r"(?:Article|Posting|Report|Recipe|Review)\Z")
_PUBLISHER = ("description", "image", "logo", "slogan")

Node = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Article:
    """Empty where the page says nothing. `of_publisher` are words and pictures of the paper itself."""

    headline: str = ""
    summary: str = ""
    published: str = ""
    updated: str = ""
    authors: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    pictures: tuple[RawPicture, ...] = ()
    of_publisher: tuple[str, ...] = ()


def article_in(text: str) -> Article:
    every = (node for document in _documents(text) for node in _nodes(document))
    nodes = list(islice(every, MOST_NODES))
    by_id = {str(node["@id"]): node for node in nodes if "@id" in node and len(node) > 1}
    found = next((node for node in nodes if _is_article(node)), None)
    publishers = [node for node in nodes if _is_publisher(node)]
    if found is None:
        return Article(of_publisher=tuple(_of_publishers(publishers, by_id)))
    publishers += _list(found.get("publisher"), by_id)
    people = [*_list(found.get("author"), by_id), *_list(found.get("contributor"), by_id)]
    return Article(
        headline=_text(found, "headline") or _text(found, "name"),
        summary=_text(found, "description"),
        published=_text(found, "datePublished"),
        updated=_text(found, "dateModified"),
        authors=tuple(dict.fromkeys(filter(None, (_text(one, "name") for one in people)))),
        tags=tuple(_tags(found)),
        pictures=tuple(_pictures(found.get("image"), by_id)),
        of_publisher=tuple(_of_publishers(publishers, by_id)),
    )


def _documents(text: str) -> Iterator[object]:
    for found in islice(_SCRIPT.finditer(text), MOST_SCRIPTS):
        end = _END.search(text, found.end(), found.end() + LONGEST)
        if end is None:
            continue
        try:
            yield json.loads(text[found.end() : end.start()], strict=False)
        except (ValueError, RecursionError):
            continue


def _nodes(value: object, depth: int = 0) -> Iterator[Node]:
    if depth > DEEPEST:
        return
    if isinstance(value, dict):
        yield value
    for part in _parts(value):
        yield from _nodes(part, depth + 1)


def _parts(value: object) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []


def _is_article(node: Node) -> bool:
    return any(_ARTICLE.search(kind) for kind in _kinds(node)) and bool(
        _text(node, "headline") or _text(node, "name")
    )


def _is_publisher(node: Node) -> bool:
    return bool({"Organization", "NewsMediaOrganization", "WebSite"} & set(_kinds(node)))


def _kinds(node: Node) -> list[str]:
    kinds = node.get("@type")
    return [
        kind for kind in (kinds if isinstance(kinds, list) else [kinds]) if isinstance(kind, str)
    ]


def _of_publishers(publishers: list[Any], by_id: Mapping[str, Node]) -> Iterator[str]:
    for node in publishers:
        for name in _PUBLISHER:
            if words := _text(node, name):
                yield " ".join(words.split())
            yield from (picture.url for picture in _pictures(node.get(name), by_id))


def _tags(node: Node) -> Iterator[str]:
    for name in ("articleSection", "keywords"):
        found = node.get(name)
        for tag in found if isinstance(found, list) else [found]:
            if isinstance(tag, str):
                yield tag


def _pictures(value: object, by_id: Mapping[str, Node]) -> Iterator[RawPicture]:
    """An address, an ImageObject, the id of one, or a list of these."""
    if isinstance(value, str) and value not in by_id:
        yield RawPicture(value)
    for node in _list(value, by_id) if not isinstance(value, list) else []:
        url = _text(node, "contentUrl") or _text(node, "url")
        if url:
            width = node.get("width")
            yield RawPicture(
                url,
                width if type(width) is int else None,
                alt=_text(node, "alternateName"),
                caption=_text(node, "caption") or _text(node, "description"),
                credit=_text(node, "creditText"),
            )
    for one in value if isinstance(value, list) else []:
        yield from _pictures(one, by_id) if not isinstance(one, list) else ()


def _list(value: object, by_id: Mapping[str, Node]) -> list[Node]:
    """Return the objects of a value; objects that are named by their id are looked up. A bare name is an object too."""
    found: list[Node] = []
    for one in value if isinstance(value, list) else [value]:
        if isinstance(one, str):
            found.append(by_id.get(one) or {"name": one})
        elif isinstance(one, dict):
            found.append(by_id.get(str(one.get("@id")), one) if len(one) == 1 else one)
    return found


def _text(node: Node, name: str) -> str:
    found = node.get(name)
    return found.strip() if isinstance(found, str) else ""
