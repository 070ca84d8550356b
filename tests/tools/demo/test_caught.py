"""Reading a caught letter, however broken it is."""

from datetime import UTC, datetime

import pytest

from tests.tools.demo.letters import CONFIRM, LEAVE, compose
from tools.demo.caught import Caught, parse_caught

ARRIVED = 1_772_427_600.0


def caught(source: bytes) -> Caught:
    return parse_caught(source, "key", ARRIVED)


def test_a_whole_letter_is_read() -> None:
    letter = caught(b"Delivered-To: ada@example.org\r\n" + compose("Grüße & “more”").as_bytes())
    assert letter.to == "ada@example.org"
    assert letter.subject == "Grüße & “more”"
    assert letter.message_id == "<one@courier.example>"
    assert letter.date == datetime(2026, 3, 2, 5, 0, tzinfo=UTC)
    assert "Good morning, Zoë" in letter.text
    assert "<h1>Good morning, Zoë</h1>" in letter.html


def test_links_are_those_of_the_html_with_their_entities_decoded() -> None:
    assert caught(compose().as_bytes()).links == (CONFIRM,)


def test_links_are_those_of_the_text_when_there_is_no_html() -> None:
    letter = caught(b"Subject: x\r\n\r\nGo to http://a.example/x. Or http://a.example/x, again.")
    assert letter.links == ("http://a.example/x",)


def test_one_click_wants_both_headers() -> None:
    letter = compose()
    assert caught(letter.as_bytes()).one_click
    assert caught(letter.as_bytes()).unsubscribe_url == LEAVE
    del letter["List-Unsubscribe-Post"]
    assert not caught(letter.as_bytes()).one_click


def test_an_unsubscribe_address_that_is_no_web_address_is_none() -> None:
    source = b"List-Unsubscribe: <javascript:alert(1)>, <mailto:a@example.org>\r\n\r\n"
    assert caught(source).unsubscribe_url == ""


def test_a_missing_or_senseless_date_falls_back_to_the_arrival() -> None:
    arrival = datetime.fromtimestamp(ARRIVED, tz=UTC)
    for line in (b"Subject: x", b"Date: soon", b"Date: Mon, 99 Foo 2026 99:99:99 +9999"):
        assert caught(line + b"\r\n\r\n").date == arrival


def test_bare_utf_8_in_headers_is_read() -> None:
    letter = caught("To: żółw@example.org\r\nSubject: Żółw\r\n\r\nx".encode())
    assert letter.subject == "Żółw"
    assert letter.header("to") == "żółw@example.org"


def test_a_folded_header_is_one_line() -> None:
    assert caught(b"Subject:\r\n One\r\n two\r\n\r\n").subject == "One two"


@pytest.mark.parametrize(
    "source",
    [
        b"",
        b"\xff\xfe\x00 not mail at all",
        b"Subject: =?x-unknown?B?????=\r\n\r\n",
        b"Subject: =?utf-8?B?a?=\r\n\r\n",
        b"Subject: \xff\xfe\r\nTo: <<<>>,;\r\n\r\n",
        b"Content-Type: text/html; charset=klingon\r\n\r\n<p>x",
        b"Content-Type: multipart/alternative\r\n\r\nno boundary",
        b"Content-Type: text/html\r\nContent-Transfer-Encoding: base64\r\n\r\n!!!!",
        b"Content-Type: text/html\r\n\r\n<a href=<a href='http://[::1'><![if",
    ],
)
def test_nothing_broken_raises(source: bytes) -> None:
    letter = caught(source)
    assert letter.source == source
    assert isinstance(letter.links, tuple)
    assert isinstance(letter.subject + letter.html + letter.text, str)


def test_an_attachment_is_not_taken_for_the_letter() -> None:
    letter = compose()
    letter.add_attachment("<p>attached</p>", subtype="html", filename="a.html")
    assert "attached" not in caught(letter.as_bytes()).html
