"""The Courier's pages: its front page and its stories, in plain HTML that works anywhere."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from html import escape
from pathlib import Path
from string import Template

from tools.demo.canvas import HEIGHT, WIDTH
from tools.demo.feed import picture_url, story_url
from tools.demo.illustrations import alt_text
from tools.demo.stories import PAPER_NAME, SECTIONS, Story

FRAME = Template(Path(__file__).with_name("page.html").read_text(encoding="utf-8"))
RELATED = 4
NOTE = (
    "The story goes on here in a real paper. The Harbour Courier, its city and everyone in it "
    "are invented, to show what a newsletter is made of."
)


def front_page(stories: Sequence[Story], *, site: str, now: datetime) -> str:
    cards = "\n".join(_card(story, site=site, now=now) for story in stories)
    return _frame(
        title=PAPER_NAME,
        meta=_meta("og:title", PAPER_NAME) + _meta("og:type", "website"),
        body=f'<ol class="cards" role="list">{cards}</ol>',
    )


def story_page(
    story: Story, stories: Iterable[Story], *, site: str, now: datetime, signup_box: str = ""
) -> str:
    """`signup_box` is trusted HTML that goes between the story and what to read next."""
    others = [one for one in stories if one.section == story.section and one != story]
    related = "\n".join(_card(one, site=site, now=now) for one in others[:RELATED])
    more = (
        f'<h2>More {escape(SECTIONS[story.section])}</h2><ol class="cards" role="list">{related}</ol>'
        if related
        else ""
    )
    body = (
        f'<article><p class="section">{escape(SECTIONS[story.section])}</p>'
        f"<h1>{headline_html(story)}</h1>"
        f'<p class="standfirst">{escape(story.standfirst)}</p>'
        f'<p class="byline">By <b>{escape(byline(story))}</b>, {_time(story, now)}</p>'
        f"{_figure(story, site)}"
        f'<p class="note">{escape(NOTE)}</p></article>'
        f'<aside id="newsletter">{signup_box}</aside>{more}'
    )
    meta = _story_meta(story, site=site, now=now)
    return _frame(title=f"{story.plain_headline} · {PAPER_NAME}", meta=meta, body=body)


def missing_page(path: str) -> str:
    body = (
        f"<article><h1>There is no such page</h1>"
        f"<p>Nothing was printed at <code>{escape(path[:200])}</code>. "
        f'<a href="/">Today’s paper</a></p></article>'
    )
    return _frame(title=f"No such page · {PAPER_NAME}", meta="", body=body)


def headline_html(story: Story) -> str:
    """Escaped, but for the one kind of mark-up that a headline may have."""
    return escape(story.headline).replace("&lt;em&gt;", "<em>").replace("&lt;/em&gt;", "</em>")


def byline(story: Story) -> str:
    return " and ".join(story.authors)


def _frame(*, title: str, meta: str, body: str) -> str:
    return FRAME.substitute(title=escape(title), meta=meta, body=body, paper=PAPER_NAME)


def _story_meta(story: Story, *, site: str, now: datetime) -> str:
    published = story.published_at(now=now).isoformat()
    pairs = [
        ("og:type", "article"),
        ("og:site_name", PAPER_NAME),
        ("og:title", story.plain_headline),
        ("og:description", story.standfirst),
        ("og:url", story_url(site, story)),
        ("article:published_time", published),
        ("article:section", SECTIONS[story.section]),
        *(("article:author", author) for author in story.authors),
        *(("article:tag", SECTIONS[tag]) for tag in story.tags),
    ]
    if story.picture:
        pairs += [
            ("og:image", picture_url(site, story)),
            ("og:image:width", str(WIDTH)),
            ("og:image:height", str(HEIGHT)),
            ("og:image:alt", alt_text(story.picture)),
        ]
    canonical = f'<link rel="canonical" href="{escape(story_url(site, story))}">'
    described = f'<meta name="description" content="{escape(story.standfirst)}">'
    return canonical + described + "".join(_meta(name, value) for name, value in pairs)


def _meta(name: str, value: str) -> str:
    return f'<meta property="{escape(name)}" content="{escape(value)}">'


def _figure(story: Story, site: str) -> str:
    if not story.picture:
        return ""
    source, alt = escape(picture_url(site, story)), escape(alt_text(story.picture))
    return f'<figure><img src="{source}" width="{WIDTH}" height="{HEIGHT}" alt="{alt}"></figure>'


def _card(story: Story, *, site: str, now: datetime) -> str:
    link = escape(story_url(site, story))
    picture = (
        f'<img src="{escape(picture_url(site, story))}" width="{WIDTH}" height="{HEIGHT}" '
        f'loading="lazy" alt="">'
        if story.picture
        else ""
    )
    return (
        f'<li>{picture}<p class="section">{escape(SECTIONS[story.section])}</p>'
        f'<h3><a href="{link}">{headline_html(story)}</a></h3>'
        f"<p>{escape(story.standfirst)}</p>"
        f'<p class="byline">{escape(byline(story))}, {_time(story, now)}</p></li>'
    )


def _time(story: Story, now: datetime) -> str:
    published = story.published_at(now=now)
    shown = f"{published.day} {published:%B %Y, %H:%M} {published.tzname()}"
    return f'<time datetime="{published.isoformat()}">{shown}</time>'
