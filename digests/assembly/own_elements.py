"""What feedparser throws together: an item's own words beside those of other namespaces, and what belongs to a picture.

feedparser gives the summary of an item to whichever element comes first: a photo's caption (`media:description`), a
podcast's (`itunes:summary`), or the item's own `description`. Where the document is well-formed it is read once more
here, item by item, and what is the item's own is told from the rest. A broken one is left to feedparser alone.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from xml.etree import ElementTree

from digests.assembly.raw_pictures import RawPicture, is_picture, number

_MEDIA = ("{http://search.yahoo.com/mrss/}", "{http://search.yahoo.com/mrss}")
_ATOM = "{http://www.w3.org/2005/Atom}"
_RSS_1 = "{http://purl.org/rss/1.0/}"
_RSS_09 = "{http://my.netscape.com/rdf/simple/0.9/}"
_CONTENT = "{http://purl.org/rss/1.0/modules/content/}encoded"
_DELETED = "{http://purl.org/atompub/tombstones/1.0}deleted-entry"
# The item's own first; another's description is better than none, a picture's is not.
_DESCRIPTIONS = (
    "description",
    "{http://purl.org/dc/elements/1.1/}description",
    "{http://www.itunes.com/dtds/podcast-1.0.dtd}summary",
    f"{_ATOM}summary",
)
_SUMMARIES = ("summary", "{http://purl.org/dc/elements/1.1/}description")


@dataclass(frozen=True, slots=True)
class XmlItem:
    """`title` and `description` are None where the item has none, or has markup in it, which feedparser reads."""

    title: str | None
    description: str | None
    description_type: str
    has_markup: bool  # in its description
    contents: tuple[str, ...]
    pictures: tuple[RawPicture, ...]


@dataclass(frozen=True, slots=True)
class XmlDocument:
    items: list[XmlItem]
    deleted: tuple[str, ...]  # ids that a tombstone names (RFC 6721)


def own_parts(text: str) -> XmlDocument | None:
    """Return the parts of a feed in the order of its items; None if the feed is not well-formed.

    `text` has no DOCTYPE any more.
    """
    try:
        root = ElementTree.fromstring(text)  # noqa: S314 - without a DOCTYPE it has no entities to expand
    except (ElementTree.ParseError, ValueError):
        return None
    items, deleted = [], []
    for element in root.iter():
        name = _local(element.tag)
        if name in ("item", "entry") and _is_own(element.tag):
            items.append(_item(element))
        elif element.tag == _DELETED and element.get("ref"):
            deleted.append(element.get("ref", "").strip())
    return XmlDocument(items, tuple(deleted))


def _item(element: ElementTree.Element) -> XmlItem:
    is_atom = element.tag.startswith(_ATOM)
    title = _first(element, ("title",))
    description = _first(element, _SUMMARIES if is_atom else _DESCRIPTIONS)
    # RSS has no way to say which it is; Atom's is plain text unless it says so.
    kind = "" if description is None else description.get("type", "text")
    is_html = not is_atom or kind in ("html", "text/html")
    return XmlItem(
        title=None if title is None or len(title) else title.text or "",
        description=None if description is None or len(description) else description.text or "",
        description_type="text/html" if is_html else "text/plain",
        has_markup=description is not None and len(description) > 0,
        contents=tuple(found.text or "" for found in element.iter(_CONTENT)),
        pictures=tuple(_pictures(element)),
    )


def _first(element: ElementTree.Element, names: tuple[str, ...]) -> ElementTree.Element | None:
    """Return the element's own child of the first name that there is; names with a namespace are of others."""
    for name in names:
        for child in element:
            is_it = child.tag in (name, _space(element.tag) + name)
            if is_it and (len(child) or (child.text or "").strip()):
                return child
    return None


def _pictures(element: ElementTree.Element) -> Iterator[RawPicture]:
    for child in element.iter():
        name = _local(child.tag)
        if name in ("content", "thumbnail") and _space(child.tag) in _MEDIA:
            if child.get("url") and (name == "thumbnail" or _shows(child)):
                yield _of_media(child, element, is_thumbnail=name == "thumbnail")
        elif name == "enclosure" or child.get("rel") == "enclosure":
            url = child.get("url", "") or child.get("href", "")
            if is_picture(url, child.get("type", "")):
                yield RawPicture(url, rank=2)
    yield from filter(None, map(_of_image, element))


def _of_image(child: ElementTree.Element) -> RawPicture | None:
    """<image> as text, as an attribute, or with <url> or <link> in it, as a channel's has."""
    if _local(child.tag) != "image":
        return None
    inside = {_local(part.tag): (part.text or "").strip() for part in child}
    named = (child.get("href"), inside.get("url"), inside.get("link"), (child.text or "").strip())
    url = next(filter(None, named), "")
    return RawPicture(url, alt=inside.get("title", ""), rank=2) if url else None


def _shows(media: ElementTree.Element) -> bool:
    url, kind, medium = (media.get(name, "") for name in ("url", "type", "medium"))
    has_size = bool(media.get("width") and not kind and not medium)
    return is_picture(url, kind, medium or ("image" if has_size else ""))


def _of_media(
    media: ElementTree.Element, item: ElementTree.Element, *, is_thumbnail: bool
) -> RawPicture:
    """Words inside a media:content are about it; those beside it only where it stands alone."""
    said = _words(media)
    if not said:
        group = next(
            (one for one in item.iter(f"{_space(media.tag)}group") if media in list(one)), None
        )
        is_alone = len(list(item.iter(media.tag))) == 1
        said = _words(item if group is None else group) if group is not None or is_alone else {}
    caption = said.get("description", "")
    return RawPicture(
        media.get("url", ""),
        number(media.get("width")),
        alt=said.get("text") or caption or said.get("title", ""),
        caption=caption,
        credit=said.get("credit") or said.get("copyright", ""),
        rank=4 if is_thumbnail else 1,
    )


def _words(holder: ElementTree.Element) -> dict[str, str]:
    return {
        _local(child.tag): (child.text or "").strip()
        for child in holder
        if _space(child.tag) in _MEDIA and (child.text or "").strip()
    }


def _local(tag: object) -> str:
    return tag.rpartition("}")[2].lower() if isinstance(tag, str) else ""


def _space(tag: object) -> str:
    return tag[: tag.find("}") + 1] if isinstance(tag, str) else ""


def _is_own(tag: object) -> bool:
    """Return whether an element belongs to RSS, RDF or Atom itself."""
    return isinstance(tag, str) and (
        _space(tag) in ("", _ATOM, _RSS_1, _RSS_09)
        or tag.startswith("{http://backend.userland.com")
    )
