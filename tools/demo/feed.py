"""The Courier's feed, as a publishing system would write it: RSS 2.0 with pictures and bylines."""

from collections.abc import Iterable
from datetime import datetime
from email.utils import format_datetime
from xml.etree import ElementTree as ET

from tools.demo.canvas import HEIGHT, WIDTH
from tools.demo.illustrations import alt_text
from tools.demo.stories import PAPER_CITY, PAPER_NAME, SECTIONS, Story

MEDIA = "http://search.yahoo.com/mrss/"
DUBLIN_CORE = "http://purl.org/dc/elements/1.1/"
ATOM = "http://www.w3.org/2005/Atom"
MINUTES_TO_KEEP = "15"

ET.register_namespace("media", MEDIA)
ET.register_namespace("dc", DUBLIN_CORE)
ET.register_namespace("atom", ATOM)


def story_url(site: str, story: Story) -> str:
    return f"{site}/stories/{story.slug}"


def picture_url(site: str, story: Story) -> str:
    return f"{site}/pictures/{story.slug}.jpg"


def write_feed(stories: Iterable[Story], *, site: str, now: datetime) -> bytes:
    """`site` is the paper's address without a slash at its end; `now` is aware."""
    root = ET.Element("rss", version="2.0")
    channel = ET.SubElement(root, "channel")
    _text(channel, "title", PAPER_NAME)
    _text(channel, "link", f"{site}/")
    _text(channel, "description", f"News of {PAPER_CITY}, its country and the world")
    _text(channel, "language", "en")
    _text(channel, "ttl", MINUTES_TO_KEEP)
    ET.SubElement(
        channel,
        f"{{{ATOM}}}link",
        href=f"{site}/feed.xml",
        rel="self",
        type="application/rss+xml",
    )
    for story in stories:
        _add_item(channel, story, site=site, now=now)
    ET.indent(root)
    written: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return written


def _add_item(channel: ET.Element, story: Story, *, site: str, now: datetime) -> None:
    item = ET.SubElement(channel, "item")
    _text(item, "title", story.headline)
    _text(item, "description", story.standfirst)
    _text(item, "link", story_url(site, story))
    _text(item, "guid", story_url(site, story)).set("isPermaLink", "true")
    _text(item, "pubDate", format_datetime(story.published_at(now=now)))
    for author in story.authors:
        _text(item, f"{{{DUBLIN_CORE}}}creator", author)
    for tag in story.tags:
        _text(item, "category", SECTIONS[tag])
    if story.picture:
        picture = ET.SubElement(
            item,
            f"{{{MEDIA}}}content",
            url=picture_url(site, story),
            type="image/jpeg",
            medium="image",
            width=str(WIDTH),
            height=str(HEIGHT),
        )
        _text(picture, f"{{{MEDIA}}}description", alt_text(story.picture))
        _text(picture, f"{{{MEDIA}}}credit", f"{PAPER_NAME} picture desk")


def _text(parent: ET.Element, tag: str, text: str) -> ET.Element:
    child = ET.SubElement(parent, tag)
    child.text = text
    return child
