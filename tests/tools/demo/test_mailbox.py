"""The mailbox pages, as a browser would get them."""

from email.message import EmailMessage
from html import unescape
from pathlib import Path

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from tests.tools.demo.letters import CONFIRM, LEAVE, compose, deliver

pytestmark = [pytest.mark.service, pytest.mark.urls("tests.tools.demo.mailbox_urls")]
INBOX = "/dev/mailbox/"


@pytest.fixture
def folder(settings: Settings, tmp_path: Path) -> Path:
    settings.DEMO_MAILDIR = tmp_path / "mail"
    return tmp_path / "mail"


def page(client: Client, url: str) -> str:
    response = client.get(url)
    assert response.status_code == 200
    return unescape(response.content.decode())


def body(client: Client, key: str) -> HttpResponse:
    response = client.get(reverse("mailbox:body", args=[key]))
    assert isinstance(response, HttpResponse)
    return response


@pytest.mark.parametrize("path", ["", "some-key/", "some-key/body/", "some-key/source.eml"])
def test_without_a_catcher_there_is_no_such_page(
    client: Client, settings: Settings, path: str
) -> None:
    settings.DEMO_MAILDIR = None
    assert client.get(INBOX + path).status_code == 404


def test_an_empty_mailbox_says_what_to_do(client: Client, folder: Path) -> None:
    assert "No letter has come yet." in page(client, INBOX)


def test_the_list_shows_who_and_what_newest_first(client: Client, folder: Path) -> None:
    deliver(folder, compose("First"), "ada@example.org")
    deliver(folder, compose("Second <b>bold</b>"), "bob@example.org")
    response = client.get(INBOX)
    shown = response.content.decode()
    assert shown.index("bob@example.org") < shown.index("ada@example.org")
    assert "Second &lt;b&gt;bold&lt;/b&gt;" in shown
    assert response["Cache-Control"] == "no-store"


def test_the_list_can_be_narrowed_to_an_address(client: Client, folder: Path) -> None:
    key = deliver(folder, compose(), "Ada@example.org")
    deliver(folder, compose(), "bob@example.org")
    shown = page(client, f"{INBOX}?to=ada%40EXAMPLE")
    assert "Ada@example.org" in shown
    assert "bob@example.org" not in shown
    assert f"/{key}/?to=ada%40EXAMPLE" in shown
    assert "No letter has come for “nobody”." in page(client, f"{INBOX}?to=nobody")


def test_a_long_list_has_pages_of_fifty(client: Client, folder: Path) -> None:
    deliver(folder, compose(), *(f"reader{number:02}@example.org" for number in range(51)))
    assert page(client, INBOX).count('class="letter"') == 50
    assert page(client, f"{INBOX}?page=2").count('class="letter"') == 1
    assert "Page 2 of 2" in page(client, f"{INBOX}?page=999")
    assert "Page 1 of 2" in page(client, f"{INBOX}?page=x")


def test_a_letter_is_shown_in_a_frame_that_runs_nothing(client: Client, folder: Path) -> None:
    key = deliver(folder, compose())
    around = client.get(f"{INBOX}{key}/")
    assert "frame-src 'self'" in around["Content-Security-Policy"]
    shown = around.content.decode()
    assert f'src="/dev/mailbox/{key}/body/"' in shown
    assert "allow-scripts" not in shown
    assert "allow-same-origin" not in shown
    framed = body(client, key)
    policy = framed["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert "sandbox allow-popups" in policy
    assert "frame-ancestors 'self'" in policy
    assert framed["X-Frame-Options"] == "SAMEORIGIN"


def test_links_of_a_letter_open_in_the_whole_window(client: Client, folder: Path) -> None:
    whole = body(client, deliver(folder, compose())).content.decode()
    assert '<head><base target="_top"><title>' in whole
    assert CONFIRM.replace("&", "&amp;") in whole
    bare = EmailMessage()
    bare.set_content("<p>no head</p>", subtype="html")
    fragment = body(client, deliver(folder, bare)).content.decode()
    assert fragment.startswith('<base target="_top"><p>no head</p>')


@pytest.mark.parametrize(
    ("show", "expected"),
    [
        ("text", "Good morning, Zoë."),
        ("headers", "List-Unsubscribe-Post"),
        ("source", "Content-Type: multipart/alternative"),
    ],
)
def test_a_letter_can_be_looked_at_in_other_ways(
    client: Client, folder: Path, show: str, expected: str
) -> None:
    key = deliver(folder, compose())
    shown = page(client, f"{INBOX}{key}/?show={show}")
    assert expected in shown
    assert "<iframe" not in shown


def test_a_letter_of_plain_text_opens_as_text(client: Client, folder: Path) -> None:
    plain = EmailMessage()
    plain.set_content("Only <b>text</b>")
    key = deliver(folder, plain)
    response = client.get(f"{INBOX}{key}/?show=nonsense")
    assert "Only &lt;b&gt;text&lt;/b&gt;" in response.content.decode()


def test_one_click_unsubscribe_posts_what_a_mail_program_posts(
    client: Client, folder: Path
) -> None:
    shown = page(client, f"{INBOX}{deliver(folder, compose())}/")
    assert f'action="{LEAVE}"' in shown
    assert 'name="List-Unsubscribe" value="One-Click"' in shown


def test_an_address_that_is_no_web_address_is_no_button(client: Client, folder: Path) -> None:
    key = deliver(folder, b"List-Unsubscribe: <javascript:alert(1)>\r\n\r\nx")
    assert "javascript:alert(1)" not in page(client, f"{INBOX}{key}/?show=text")


def test_the_letters_around_are_one_step_away(client: Client, folder: Path) -> None:
    oldest = deliver(folder, compose(), "ada@example.org")
    middle = deliver(folder, compose(), "bob@example.org")
    newest = deliver(folder, compose(), "ada@example.org")
    shown = page(client, f"{INBOX}{middle}/")
    assert newest in shown.split("Newer")[0]
    assert oldest in shown.split("Newer")[1]
    narrowed = page(client, f"{INBOX}{newest}/?to=ada")
    assert oldest in narrowed
    assert middle not in narrowed


def test_the_source_can_be_saved(client: Client, folder: Path) -> None:
    letter = compose().as_bytes()
    key = deliver(folder, letter)
    response = client.get(f"{INBOX}{key}/source.eml")
    assert response["Content-Type"] == "message/rfc822"
    assert response["Content-Disposition"].startswith("attachment")
    assert response.content.endswith(letter)


@pytest.mark.parametrize("key", ["nothing", "..%2Fsecret", "%2E%2E", ".hidden"])
def test_a_letter_that_is_not_there_is_not_found(client: Client, folder: Path, key: str) -> None:
    deliver(folder, compose())
    for path in (f"{INBOX}{key}/", f"{INBOX}{key}/body/", f"{INBOX}{key}/source.eml"):
        assert client.get(path).status_code == 404


def test_nothing_can_be_posted(client: Client, folder: Path) -> None:
    assert client.post(INBOX).status_code == 405


def test_the_page_has_no_inline_style_or_script(client: Client, folder: Path) -> None:
    key = deliver(folder, compose())
    for url in (INBOX, f"{INBOX}{key}/", f"{INBOX}{key}/?show=headers"):
        shown = page(client, url)
        assert "style=" not in shown
        assert "<style" not in shown
        assert "<script" not in shown
