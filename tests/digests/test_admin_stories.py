"""What staff do about one story: paste its address, correct it, pin it to the next digest."""

from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pytest_django import Settings

from digests.assembly.assembling import assemble
from digests.assembly.feeds import parse_feed
from digests.assembly.keeping import keep
from digests.models import Article, Digest, Item, StoryAddress
from subscriptions.clock import database_now
from tests.builders import NOON, Press
from tests.fakes import Answer, FeedServer, redirect
from tests.feeds import item, jpeg, rss
from tests.staff import signed_in

PAGE = (
    b'<!doctype html><meta charset="utf-8"><meta property="og:title" content="Bridge opens">'
    b'<meta property="og:description" content="It took nine years."><meta name="author" content="Ines Okafor">'
    b'<meta property="og:image" content="/bridge.jpg"><meta property="article:published_time" content="2026-11-20">'
)


@pytest.fixture
def server(settings: Settings) -> Iterator[FeedServer]:
    with FeedServer({"/bridge": PAGE}) as running:
        settings.FETCH_ALLOW = frozenset({running.place})
        yield running


@pytest.fixture
def curator(press: Press) -> Client:
    return signed_in("curator")


@pytest.fixture
def digest(press: Press) -> Digest:
    made = press.digest(press.newsletter())
    press.carry(made, press.article("A"))
    return made


def compose(client: Client, digest: Digest, **fields: Any) -> tuple[int, dict[str, Any]]:
    address = f"/admin/digests/digest/{digest.pk}/compose/change/"
    response = client.post(address, fields, headers={"X-Composer": "1"})
    return response.status_code, response.json()


def paste(client: Client, digest: Digest, address: str) -> tuple[int, str]:
    section = digest.sections.get().pk
    status, answer = compose(client, digest, do="add", section=section, address=address)
    return status, answer["refused"] or answer["told"]


def search(client: Client, digest: Digest, words: str) -> str:
    address = f"/admin/digests/digest/{digest.pk}/compose/candidates/"
    return unescape(client.get(address, {"q": words}).content.decode())


def test_a_pasted_address_becomes_a_story_of_the_digest(
    curator: Client, digest: Digest, server: FeedServer
) -> None:
    address = f"{server.url('/bridge')}?utm_source=chat#top"
    assert "Read the page and add the story" in search(curator, digest, address)
    assert paste(curator, digest, address)[0] == 200

    article = Article.objects.get(headline="Bridge opens")
    assert (article.summary, article.authors) == ("It took nine years.", ["Ines Okafor"])
    assert (article.url, article.image_url) == (server.url("/bridge"), server.url("/bridge.jpg"))
    assert article.published_at is not None
    first = Item.objects.filter(section__digest=digest).order_by("position")[0]
    assert (first.article, first.is_locked) == (article, True)
    assert "The story at this address is in the digest." in search(curator, digest, address)

    asked = len(server.requests)
    status, told = paste(curator, digest, address)
    assert (status, told) == (422, "“Bridge opens” is in this digest already.")
    assert len(server.requests) == asked


def test_the_first_feed_that_brings_a_pasted_story_tells_it_from_then_on(
    press: Press, curator: Client, digest: Digest, server: FeedServer
) -> None:
    paste(curator, digest, server.url("/bridge"))
    feed = parse_feed(
        rss(item("The bridge is open", server.url("/bridge/?wt_mc=rss"))),
        content_type=None,
        url=server.url("/feed"),
    )
    keep(feed.stories, press.source(), now=database_now())
    assert Article.objects.filter(headline="The bridge is open").count() == 1
    assert not Article.objects.filter(headline="Bridge opens").exists()


@pytest.mark.parametrize(
    ("route", "words"),
    [
        (Answer(status=404), "The server answered 404 (Not Found)."),
        (Answer(status=403), "The server answered 403 (Forbidden)."),
        (redirect("/page"), "redirects more than 5 times"),
        (redirect("http://169.254.169.254/latest/"), "private network"),
        (Answer(b"%PDF-1.7", headers={"Content-Type": "application/pdf"}), "no web page"),
        (Answer(b"<html></html>", headers={"Content-Type": "text/html"}), "it has no headline"),
    ],
)
def test_a_page_that_gives_no_story_is_told_and_nothing_is_changed(
    curator: Client, digest: Digest, server: FeedServer, route: Answer, words: str
) -> None:
    server.routes["/page"] = route
    status, told = paste(curator, digest, server.url("/page"))
    assert status == 422
    assert words in told
    assert "Or write the story by hand." in told
    assert Article.objects.count() == 1
    digest.refresh_from_db()
    assert digest.revision == 0


@pytest.mark.parametrize(
    "address", ["", "bridge", "javascript:alert(1)", "file:///etc/passwd", "http://", "https://a@b.c/"]
)  # fmt: skip
def test_what_is_no_address_is_refused(curator: Client, digest: Digest, address: str) -> None:
    status, told = paste(curator, digest, address)
    assert (status, told.startswith("This address cannot be used.")) == (422, True)


def test_a_retracted_story_is_not_brought_back_by_its_address(
    press: Press, curator: Client, digest: Digest
) -> None:
    story = press.article("Wrong", retracted_at=NOON)
    StoryAddress.objects.create(article=story, key="paper.example.org/wrong")
    told = paste(curator, digest, "https://www.paper.example.org/wrong/")
    assert told == (422, "“Wrong” has been retracted.")


def test_who_may_only_look_pastes_nothing(press: Press, digest: Digest, server: FeedServer) -> None:
    analyst, section = signed_in("analyst"), digest.sections.get().pk
    address = f"/admin/digests/digest/{digest.pk}/compose/change/"
    fields = {"do": "add", "section": section, "address": server.url("/bridge")}
    assert analyst.post(address, fields).status_code == 403
    assert server.requests == []


# --- Corrections -------------------------------------------------------------------------------------------


def correction(article: Article, **fields: Any) -> dict[str, Any]:
    said = {
        "headline": article.headline,
        "summary": article.summary,
        "authors": ", ".join(article.authors),
        "tags": ", ".join(article.tags),
        "published_at": f"{article.published_at:%Y-%m-%dT%H:%M}" if article.published_at else "",
        "alt": article.image_alt,
        "credit": "",
    }
    return said | fields


def page_of(article: Article, name: str) -> str:
    return f"/admin/digests/article/{article.pk}/{name}/"


@pytest.mark.parametrize(
    ("fields", "name", "value"),
    [
        ({"headline": "Right"}, "headline", "Right"),
        ({"summary": "As it was."}, "summary", "As it was."),
        ({"tags": "Sea, ports , sea"}, "tags", ["sea", "ports"]),
        ({"authors": "Ines Okafor, Léa Dupont"}, "authors", ["Ines Okafor", "Léa Dupont"]),
        ({"published_at": ""}, "published_at", None),
        ({"without_picture": "on"}, "image_url", ""),
        ({"alt": "A crowd"}, "image_alt", "A crowd"),
    ],
)
def test_what_staff_correct_no_later_visit_changes_until_it_is_given_back(
    press: Press, curator: Client, fields: dict[str, str], name: str, value: Any
) -> None:
    source, now = press.source(), database_now()
    body = rss(
        item(
            "Wrong",
            "https://paper.example.org/1",
            published_at=NOON,
            tags=["old"],
            picture="https://paper.example.org/1.jpg",
        )
    )
    feed = parse_feed(body, content_type=None, url=source.url)
    keep(feed.stories, source, now=now)
    article = Article.objects.get()
    told_by_source = getattr(article, name)
    answer = curator.post(page_of(article, "correct"), correction(article, **fields), follow=True)
    assert "It is corrected." in answer.content.decode()
    keep(feed.stories, source, now=now + timedelta(hours=1))
    article.refresh_from_db()
    assert getattr(article, name) == value
    assert len(article.corrected) == 1

    curator.post(page_of(article, "correct"), {"give_back": "1"})
    keep(feed.stories, source, now=now + timedelta(hours=2))
    article.refresh_from_db()
    # A source that says nothing of it takes no summary away.
    expected = value if name == "summary" else told_by_source
    assert (getattr(article, name), article.corrected) == (expected, [])


def test_another_picture_with_its_credit_is_kept_for_every_digest(
    press: Press, curator: Client, digest: Digest
) -> None:
    article = press.article("B", image_url="https://paper.example.org/wrong-man.jpg")
    picture = SimpleUploadedFile("right.jpg", jpeg())
    fields = correction(article, new_picture=picture, alt="The right man", credit="A. Writer")
    assert curator.post(page_of(article, "correct"), fields).status_code == 302
    compose(curator, digest, do="add", section=digest.sections.get().pk, article=article.pk)
    shown = Item.objects.get(article=article)
    assert shown.image is not None
    assert (shown.shown_alt, shown.shown_credit) == ("The right man", "A. Writer")
    assert shown.image.source_url.startswith("upload:")


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"headline": ""}, "This field is required."),
        ({"headline": "a\r\nb"}, "one line of plain text"),
        ({"published_at": "soon"}, "Enter a valid date/time."),
        ({"tags": ",".join(map(str, range(99)))}, "That is too much."),
        ({"new_picture": SimpleUploadedFile("x.jpg", b"<svg/>")}, "SVG drawing"),
    ],
)
def test_a_correction_that_cannot_be_is_refused_and_stays_in_its_fields(
    press: Press, curator: Client, fields: dict[str, Any], words: str
) -> None:
    article = press.article("B")
    fields = correction(article, summary="Of mine", **fields)
    answer = curator.post(page_of(article, "correct"), fields)
    assert (answer.status_code, Article.objects.get().corrected) == (200, [])
    shown = unescape(answer.content.decode())
    assert words in shown
    assert "Of mine" in shown


# --- Pinning -----------------------------------------------------------------------------------------------


def test_a_pinned_story_leads_the_next_digest_when_that_is_assembled(
    press: Press, curator: Client
) -> None:
    now = database_now()
    newsletter = press.newsletter()
    later, soon, past = (
        press.digest(newsletter, due_at=now + timedelta(hours=hours), slot=f"s{hours % 99}", assembled_at=None)
        for hours in (30, 6, -3)
    )  # fmt: skip
    article = press.article("Of old", published_at=now - timedelta(days=9))
    for minutes in range(6):
        press.article(f"New {minutes}", published_at=now - timedelta(minutes=minutes + 1))
    shown = curator.get(page_of(article, "pin")).content.decode()
    assert f'value="{soon.pk}"' in shown
    assert f'value="{later.pk}"' not in shown
    assert f'value="{past.pk}"' not in shown
    assert curator.post(page_of(article, "pin"), {"digest": soon.pk}).status_code == 302
    assemble(soon.pk, now=now)
    items = Item.objects.filter(section__digest=soon).order_by("section__position", "position")
    assert [one.shown_headline for one in items] == ["Of old", "New 0", "New 1", "New 2", "New 3"]

    again = curator.post(page_of(article, "pin"), {"digest": soon.pk}, follow=True)
    assert "is in this digest already" in unescape(again.content.decode())
    wrong = curator.post(page_of(article, "pin"), {"digest": past.pk}, follow=True)
    assert "Choose one of these digests." in wrong.content.decode()


def test_who_may_change_no_digest_neither_corrects_nor_pins(press: Press) -> None:
    article, analyst = press.article("B"), signed_in("analyst")
    for name in ("correct", "pin"):
        assert analyst.get(page_of(article, name)).status_code == 403
        assert analyst.post(page_of(article, name), {"headline": "x"}).status_code == 403
