"""A compiled message says what the e-mail package would say, in bytes that any server takes."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.message import Message as Parsed
from email.utils import getaddresses, parsedate_to_datetime
from itertools import takewhile

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from digests.messages.compiling import compile_message
from digests.messages.message import Message, Recipient
from digests.rendering.mail_headers import Unwritable
from digests.rendering.tokens import Token, marker
from subscriptions.mailing.mail import mailbox, quoted
from tests.digests.delivery.letters import HTML, LEAVE, TEXT, a_message, a_reader

# In any script; what a cleaned text cannot hold is left out: control characters, halves of characters, markers.
WORDS = st.text(
    st.characters(blacklist_categories=["Cc", "Cs", "Co", "Zl", "Zp"]), max_size=200
).filter(
    lambda text: "=?" not in text  # see test_a_subject_that_looks_encoded_stays_as_typed
)
BODY = st.lists(
    st.one_of(
        st.text(st.characters(blacklist_categories=["Cs", "Co"]), max_size=100),
        st.sampled_from(
            [
                "\n",
                "\r\n",
                ".",
                ". ",
                "From ",
                "=",
                " ",
                "\t",
                "x" * 80,
                "é" * 40,
                "--=_newsroom_alternative",
            ]
        ),
        st.sampled_from([marker(token) for token in Token]),
    ),
    max_size=12,
).map(lambda parts: "a" + "".join(parts))  # Django drops an empty part
LINKS = st.text(
    st.characters(
        min_codepoint=0x21, max_codepoint=0x10FFFF, blacklist_categories=["Cc", "Cs", "Co"]
    )
)


def bodies(raw: bytes) -> Iterator[tuple[str, str]]:
    parsed = message_from_bytes(raw, policy=policy.default)
    assert isinstance(parsed, EmailMessage)
    assert parsed.get_content_type() == "multipart/alternative"
    for part in parsed.iter_parts():
        assert isinstance(part, EmailMessage)
        assert not part.defects
        yield part.get_content_type(), _lines(part.get_content())


def _lines(text: str) -> str:
    """Line ends as the network has them are line ends; nothing else is changed."""
    return re.sub(r"\r\n|\r|\n", "\n", text).removesuffix("\n")


def headers(raw: bytes) -> dict[str, object]:
    parsed = message_from_bytes(raw)
    read: dict[str, object] = {}
    for name in parsed.keys():  # noqa: SIM118 - a Message is no dict
        assert len(parsed.get_all(name, [])) == 1, name
        read[name.lower()] = _read(parsed, name)
    assert not parsed.defects
    del read["date"], read["content-type"]
    return read


def _read(parsed: Parsed, name: str) -> object:
    raw = re.sub(r"\r?\n(?=[ \t])", "", parsed[name])
    if name.lower() in {"from", "to", "reply-to"}:
        return [(_decoded(phrase), address) for phrase, address in getaddresses([raw])]
    if name.lower() == "list-id":  # Django encodes all of it, and its quotation marks
        return " ".join(_decoded(raw).replace("\\", "").replace('"', "").split())
    return _decoded(raw)


def _decoded(text: str) -> str:
    """Blanks at the ends and rows of blanks do not survive the e-mail package."""
    return " ".join(str(make_header(decode_header(text))).split())


def assert_any_server_takes_it(raw: bytes) -> None:
    assert raw.isascii()
    assert b"\r" not in raw.replace(b"\r\n", b"")
    assert b"\n" not in raw.replace(b"\r\n", b"")
    head, body = raw.split(b"\r\n\r\n", 1)
    assert max(map(len, head.split(b"\r\n"))) <= 998
    assert max(map(len, body.split(b"\r\n"))) <= 76
    for line in raw.split(b"\r\n"):
        assert not line.startswith((b".", b"From "))
    assert not any(line.strip() == b"" for line in head.split(b"\r\n"))
    assert re.search(rb"[ \t]\r\n", body) is None


def assert_same(message: Message, reader: Recipient) -> None:
    compiled = compile_message(message).personalised(reader)
    made = message.personalised(reader).message().as_bytes()
    assert_any_server_takes_it(compiled)
    assert headers(compiled) == headers(made)
    assert list(bodies(compiled)) == list(bodies(made))


def test_a_compiled_message_is_what_the_email_package_makes() -> None:
    assert_same(a_message(), a_reader())


@settings(max_examples=80, deadline=None, report_multiple_bugs=False)
@example(subject="  two  blanks ", name='a "b" \\ c', newsletter="x", html=HTML, text=TEXT)
@example(subject="x" * 990, name="y" * 300, newsletter="é" * 90, html="." * 999, text="=" * 999)
@given(subject=WORDS, name=WORDS, newsletter=WORDS, html=BODY, text=BODY)
def test_any_name_subject_and_text_reads_the_same(
    subject: str, name: str, newsletter: str, html: str, text: str
) -> None:
    message = a_message(
        subject=subject,
        html=html,
        text=text,
        From=mailbox(name, "news@courier.example.org"),
        List_Id=f"{quoted(newsletter)} <morning.news.example.org>",
    )
    assert_same(message, a_reader())


@settings(max_examples=50, deadline=None)
@given(path=LINKS)
def test_a_link_in_any_script_reads_the_same(path: str) -> None:
    message = a_message(html=f'<a href="{marker(Token.WEB_URL)}">x</a>', text=marker(Token.WEB_URL))
    other = Message(
        message.digest, message.newsletter, f"https://news.example.org/{path}", message.subject,
        message.html, message.text, message.headers,
    )  # fmt: skip
    assert_same(other, a_reader())


@settings(max_examples=50, deadline=None)
@given(local=st.text("abcxyz019!#$%&'*+/=?^_`{|}~-", min_size=1, max_size=60))
def test_any_address_reads_the_same(local: str) -> None:
    assert_same(a_message(), a_reader(f"{local}@example.org"))


def test_the_date_is_now() -> None:
    raw = compile_message(a_message()).personalised(a_reader())
    date = parsedate_to_datetime(message_from_bytes(raw)["Date"])
    assert abs(datetime.now(UTC) - date) < timedelta(seconds=5)


def test_two_readers_of_a_version_share_nothing_of_their_own() -> None:
    compiled = compile_message(a_message())
    first, second = (a_reader(f"{name}@example.org") for name in ("ada", "bob"))
    one, other = compiled.personalised(first), compiled.personalised(second)
    for mine, raw in ((first, one), (second, other)):
        theirs = second if mine is first else first
        assert mine.public_id.encode() in raw.replace(b"=\r\n", b"")
        assert theirs.public_id.encode() not in raw.replace(b"=\r\n", b"")
        assert theirs.address.encode() not in raw
    assert message_from_bytes(one)["Message-ID"] != message_from_bytes(other)["Message-ID"]


def test_a_value_between_values_stands_alone() -> None:
    text = f"a{LEAVE}{LEAVE}b\n{LEAVE}\n {LEAVE} \n{LEAVE}"
    assert_same(a_message(text=text, html=text), a_reader())


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("ada@example.org\r\nRCPT TO:<eve@example.org>", "line break"),
        ("ada@example.org\n", "line break"),
        ("ada\x00@example.org", "control character"),
        ("ada@exämple.org", "not ASCII"),
        ("åda@example.org", "not ASCII"),
        ("ada@example.org, eve@example.org", "none that a mail server takes"),
        ("ada@example.org> <eve@example.org", "none that a mail server takes"),
        ("<ada@example.org>", "none that a mail server takes"),
        ("ada", "none that a mail server takes"),
        ("", "none that a mail server takes"),
        ("a" * 65 + "@example.org", "too long"),
        ("ada@" + "e" * 250 + ".org", "too long"),
    ],
)
def test_an_address_that_no_server_takes_is_refused(address: str, why: str) -> None:
    compiled = compile_message(a_message())
    with pytest.raises(Unwritable, match=why):
        compiled.personalised(Recipient(1, "A" * 16, address))


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"subject": "Hello\r\nBcc: eve@example.org"}, "Subject holds a line break"),
        ({"From": '"A\nB" <news@example.org>'}, "From holds a line break"),
        ({"From": "news@exämple.org"}, "not ASCII"),
        ({"From": ""}, "one sender"),
        ({"From": "a@example.org, b@example.org"}, "one sender"),
        ({"X-Odd:": "x"}, "no name of a header"),
        ({"html": "half \ud800"}, "half a character"),
    ],
)
def test_what_is_wrong_for_everybody_is_said_at_once(fields: dict[str, str], why: str) -> None:
    with pytest.raises(Unwritable, match=why):
        compile_message(a_message(**fields))


def test_headers_are_folded_between_words() -> None:
    raw = compile_message(a_message(subject=" ".join(["headline"] * 40))).personalised(a_reader())
    lines = raw.split(b"\r\n\r\n")[0].split(b"\r\n")
    start = next(place for place, line in enumerate(lines) if line.startswith(b"Subject:"))
    folded = list(takewhile(lambda line: line.startswith(b" "), lines[start + 1 :]))
    assert len(folded) > 3
    assert max(map(len, lines[start : start + len(folded) + 1])) <= 78


def test_a_subject_that_looks_encoded_stays_as_typed() -> None:
    """Here the e-mail package would say “no”."""
    raw = compile_message(a_message(subject="=?utf-8?q?no?=")).personalised(a_reader())
    assert headers(raw)["subject"] == "=?utf-8?q?no?="


def test_a_list_id_keeps_its_identifier_in_clear() -> None:
    """RFC 2919; Django would encode all of it when the name is not ASCII."""
    message = a_message(List_Id='"Günaydın" <morning.news.example.org>')
    raw = compile_message(message).personalised(a_reader())
    assert re.search(rb"\r\nList-Id: =\?\S+\?= <morning\.news\.example\.org>\r\n", raw)
