"""Which of the pictures that a feed names is the story's, and what is known of it."""

import json

import pytest

from digests.assembly.credits import caption_and_credit
from digests.assembly.feeds import parse_feed
from digests.assembly.raw_pictures import RawPicture

NAMESPACES = 'xmlns:media="http://search.yahoo.com/mrss/" xmlns:content="http://purl.org/rss/1.0/modules/content/"'
SITE = "https://paper.example.org"


def pictures(inside: str, link: str = f"{SITE}/b") -> list[RawPicture]:
    item = f"<item><title>Bridge opens</title><link>{link}</link>{inside}</item>"
    body = (
        f'<rss version="2.0" {NAMESPACES}><channel><title>T</title>{item}</channel></rss>'.encode()
    )
    (story,) = parse_feed(body, content_type=None, url="https://feeds.example.org/rss").stories
    return list(story.pictures)


def first(inside: str) -> str | None:
    found = pictures(inside)
    return found[0].url.removeprefix(SITE) if found else None


def html(markup: str) -> str:
    return f"<description><![CDATA[{markup}]]></description>"


PHOTO = f"<img src='{SITE}/bridge.jpg'>"


@pytest.mark.parametrize(
    "other",
    [
        "<img src='https://0.gravatar.com/avatar/abc?s=96'>",
        "<img src='https://s.w.org/images/core/emoji/2.2.1/72x72/1f62c.png' class='wp-smiley' style='height:1em'>",
        "<img src='https://paper.example.org/x.png' class='emoji'>",
        "<img src='https://feeds.feedburner.com/~ff/Wire?d=yIl2AUoC8zA' border='0'>",
        "<img src='https://pixel.wp.com/b.gif?host=paper.example.org&blog=1'>",
        "<img src='https://stats.wordpress.com/b.gif?x'>", "<img src='/img/share-facebook.png'>",
        "<img src='/icons/mail.png'>", "<img src='/favicon.ico'>", "<img src='/static/logo.png'>",
        "<img src='/spacer.gif'>", "<img src='/p.jpg' width='1px' height='1px'>", "<img src='/p.jpg' width='1'>",
        "<img src='/p.jpg' style='display: none'>", "<img src='data:image/gif;base64,R0lGOD'>",
        "<img src='/face.jpg' class='author-avatar'>", "<img src='/face-48x48.jpg'>",
        "<div class='kg-card kg-product-card'><img src='/filter.jpg' width='240'></div>",
        "<figure class='kg-card kg-bookmark-card'><a href='/x'><img src='/thumb.png'></a></figure>",
    ],
)  # fmt: skip
def test_faces_icons_counters_and_cards_are_no_pictures_of_stories(other: str) -> None:
    assert first(html(other)) is None
    assert first(html(f"<p>Fun {other}</p><p>{PHOTO}</p>")) == "/bridge.jpg"


def media(url: str, **said: str) -> str:
    attributes = "".join(f' {name}="{value}"' for name, value in said.items())
    return f'<media:content url="{url}"{attributes}/>'


@pytest.mark.parametrize(
    ("inside", "picture"),
    [
        (media("https://0.gravatar.com/avatar/abc", medium="image") + media(f"{SITE}/a.jpg", medium="image"), "/a.jpg"),
        (f'<media:thumbnail url="{SITE}/a-150x150.jpg" width="150"/>' + html(f"<img src='{SITE}/a.jpg' width='1200'>"),
         "/a.jpg"),
        (f'<media:thumbnail url="{SITE}/t.jpg"/>' + html(PHOTO), "/bridge.jpg"),
        (media(f"{SITE}/a.jpg", medium="image", width="640") + html("<img src='/c.jpg' width='1200'>"), "/a.jpg"),
        (media(f"{SITE}/a", width="900", height="600"), "/a"),
        (media(f"{SITE}/a.mp4", width="900") + html(PHOTO), "/bridge.jpg"),
        (f"<image>{SITE}/1.jpg</image>", "/1.jpg"),
        (f"<image><url>{SITE}/1.jpg</url></image>", "/1.jpg"),
        (f"<image><link>{SITE}/1.jpg</link></image>", "/1.jpg"),
        (f'<image href="{SITE}/1.jpg"/>', "/1.jpg"),
        (f'<enclosure url="{SITE}/1.jpg"/>', "/1.jpg"),
        (f'<enclosure url="{SITE}/1.jpg" type="application/octet-stream"/>', "/1.jpg"),
        (f'<enclosure url="{SITE}/1.jpg" type="text/html"/>', "/1.jpg"),
        (f'<enclosure url="{SITE}/1" type="image"/>', "/1"),
        (f'<enclosure url="{SITE}/1.mp3" type="audio/mpeg"/>', None),
        (html(f"<img src='data:image/gif;base64,R0' data-src='{SITE}/lazy.jpg'>"), "/lazy.jpg"),
        (html(f"<img src='{SITE}/placeholder.png' data-lazy-src='{SITE}/lazy.jpg'>"), "/lazy.jpg"),
        (html(f"<p>Words</p><noscript><img src='{SITE}/quiet.jpg'></noscript>"), "/quiet.jpg"),
        (html(f"<img src='/s.jpg' srcset='/s.jpg 300w, {SITE}/l.jpg 1024w, {SITE}/x.jpg 5000w'>"),
         "/l.jpg"),
        (html(f"<a href='{SITE}/full.jpg'><img src='{SITE}/s-150x150.jpg' width='150' height='150'></a>"), "/full.jpg"),
        (html("Words. " * 4000 + PHOTO), "/bridge.jpg"),
        (html("<img src='wheels.png'>"), "/wheels.png"),
    ],
)  # fmt: skip
def test_a_picture_is_found_wherever_feeds_put_it_and_chosen_by_meaning_and_size(
    inside: str, picture: str | None
) -> None:
    assert first(inside) == picture


def test_others_are_kept_for_when_the_first_is_refused() -> None:
    found = pictures(
        media(f"{SITE}/a.jpg", medium="image") + html(f"{PHOTO}<img src='{SITE}/c.jpg'>")
    )
    assert [one.url for one in found] == [f"{SITE}/a.jpg", f"{SITE}/bridge.jpg", f"{SITE}/c.jpg"]


def test_json_names_pictures_among_its_attachments() -> None:
    item = {"id": "1", "url": f"{SITE}/1", "title": "T", "image": f"{SITE}/favicon.ico"}
    item["attachments"] = [
        {"url": f"{SITE}/1.mp3", "mime_type": "audio/mpeg"},
        {"url": f"{SITE}/1.jpg", "mime_type": "image/jpeg", "title": "The quay"},
        7,
    ]  # type: ignore[assignment]  # JSON holds anything
    (story,) = parse_feed(
        json.dumps({"items": [item]}).encode(), content_type=None, url=SITE
    ).stories
    assert [(one.url, one.alt) for one in story.pictures] == [(f"{SITE}/1.jpg", "The quay")]


DESCRIBED = "<media:description>Crowd on the bridge</media:description><media:credit>A. Writer / Agency</media:credit>"


@pytest.mark.parametrize(
    ("inside", "alt", "caption", "credit"),
    [
        (f'<media:content url="{SITE}/b.jpg" medium="image">{DESCRIBED}</media:content>',
         "Crowd on the bridge", "Crowd on the bridge", "A. Writer / Agency"),
        (f'<media:group><media:content url="{SITE}/b.jpg" medium="image"/>{DESCRIBED}</media:group>',
         "Crowd on the bridge", "Crowd on the bridge", "A. Writer / Agency"),
        (f'<media:content url="{SITE}/b.jpg" medium="image"/>{DESCRIBED}',
         "Crowd on the bridge", "Crowd on the bridge", "A. Writer / Agency"),
        ((f'<media:content url="{SITE}/b.jpg" medium="image"><media:title type="html">Crowd</media:title>'
         "</media:content>"), "Crowd", "", ""),
        (media(f"{SITE}/b.jpg", medium="image") + html(f"<img src='{SITE}/b.jpg' alt='A crowd'>"), "A crowd", "", ""),
        (html(f"<img src='{SITE}/b.jpg' alt='Bridge opens'>"), "", "", ""),
        (html(f"<figure><img src='{SITE}/b.jpg' alt='A crowd'><figcaption>The bridge at noon. Photo: Jon Vey"
              "</figcaption></figure>"), "A crowd", "The bridge at noon.", "Jon Vey"),
    ],
)  # fmt: skip
def test_what_is_said_of_a_picture_is_read(
    inside: str, alt: str, caption: str, credit: str
) -> None:
    (found,) = pictures(inside)
    assert (found.alt, found.caption, found.credit) == (alt, caption, credit)


@pytest.mark.parametrize(
    ("caption", "told"),
    [
        ("The quay. Photo: A. Writer/Agency", ("The quay.", "A. Writer/Agency")),
        ("The quay (Foto: A. Writer)", ("The quay", "A. Writer")),
        ("The quay | © Agency", ("The quay", "Agency")),
        ("The quay. Photograph by A. Writer", ("The quay.", "A. Writer")),
        ("The quay, source of the town’s wealth", ("The quay, source of the town’s wealth", "")),
        ("A photo of the quay", ("A photo of the quay", "")),
        (
            "The quay. " * 9_000 + "(Photo: A. Writer)",
            ("The quay. " * 8_999 + "The quay.", "A. Writer"),
        ),
        *((unit * 90_000, (unit * 90_000, "")) for unit in "(-[|"),  # read in no time
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_credit_at_the_end_of_a_caption_is_told_apart(
    caption: str, told: tuple[str, str]
) -> None:
    assert caption_and_credit(caption) == told
