"""What a server or a service answers, and what that makes of each reader."""

from collections.abc import Iterator
from dataclasses import replace
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.utils import getaddresses
from typing import Any
from urllib.parse import urlsplit

import pytest
from anymail.exceptions import AnymailAPIError
from django.core.mail import EmailMultiAlternatives
from django.urls import resolve

from digests.choices import Outcome
from digests.delivery.transports.base import Result
from digests.delivery.transports.django_mail import DjangoTransport
from digests.messages.message import Message, Recipient, message_id
from digests.models import Digest
from subscriptions import links
from subscriptions.mailing.mail import MailRoute, parse_mail_url
from subscriptions.public_ids import new_public_id
from tests.builders import DAY, Press
from tests.fakes import Answer, FeedServer
from tests.mail_server import CLOSE, OK, MailServer, Reply, always, willing

pytestmark = pytest.mark.service

MESSAGE = Message(
    digest="D" * 16,
    newsletter="N" * 16,
    web_url="http://testserver/archive/morning-briefing/2026-11-23/",
    subject="What happened in the night",
    html="<p>News</p>",
    text="News",
    headers={"From": '"The Courier" <briefing@example.org>', "Precedence": "bulk"},
)
ACCEPTED, PENDING, FAILED = Outcome.ACCEPTED, Outcome.PENDING, Outcome.FAILED
DEFERRED, UNCERTAIN = Outcome.DEFERRED, Outcome.UNCERTAIN


def readers(number: int) -> list[Recipient]:
    return [
        Recipient(place, new_public_id(), f"reader{place}@example.org") for place in range(number)
    ]


def send(url: str, number: int = 3, message: Message = MESSAGE) -> Result:
    transport = DjangoTransport(parse_mail_url(url))
    try:
        return transport.send(message, readers(number))
    finally:
        transport.close()


def outcomes(result: Result) -> list[Outcome]:
    return [answer.outcome for answer in result.answers]


def to_second(reply: str) -> Reply:
    return lambda address: reply if address == "reader1@example.org" else OK


def test_each_reader_gets_one_message_over_one_connection() -> None:
    with MailServer() as server:
        result = send(server.url)
    assert outcomes(result) == [ACCEPTED] * 3
    assert (result.trouble, server.connections) == ("", 1)
    assert server.recipients == [reader.address for reader in readers(3)]


def test_a_connection_is_kept_from_slice_to_slice() -> None:
    with MailServer() as server:
        transport = DjangoTransport(parse_mail_url(server.url))
        transport.send(MESSAGE, readers(2))
        transport.send(MESSAGE, readers(2))
        transport.close()
    assert (server.connections, len(server.taken)) == (1, 4)


@pytest.mark.parametrize("step", ["rcpt", "data"])
@pytest.mark.parametrize(
    ("reply", "outcome"),
    [("550 5.1.1 No such user", FAILED), ("451 4.7.1 Try again later", DEFERRED)],
)
def test_a_refused_reader_is_noted_and_the_others_go_on(
    step: str, reply: str, outcome: Outcome
) -> None:
    with MailServer(**{step: to_second(reply)}) as server:
        result = send(server.url)
    assert outcomes(result) == [ACCEPTED, outcome, ACCEPTED]
    assert (result.answers[1].code, result.answers[1].text) == (reply[:3], reply[4:])
    assert result.trouble == ""


@pytest.mark.parametrize("step", ["rcpt", "data"])
def test_a_server_that_closes_its_door_says_nothing_of_the_reader(step: str) -> None:
    with MailServer(**{step: to_second("421 4.3.2 Shutting down")}) as server:
        result = send(server.url)
    assert outcomes(result) == [ACCEPTED, PENDING, PENDING]
    assert "Shutting down" in result.trouble
    assert result.rest_seconds > 0


def test_a_connection_lost_before_the_final_reply_leaves_one_reader_in_doubt() -> None:
    with MailServer(data=to_second(CLOSE)) as server:
        result = send(server.url)
    assert outcomes(result) == [ACCEPTED, UNCERTAIN, PENDING]
    assert "connection was lost" in result.trouble
    assert "connection was lost" in result.answers[1].text


@pytest.mark.parametrize("reply", ["550 5.7.1 Sender not allowed", "451 4.3.0 Not now", "421 Bye"])
def test_a_refused_sender_is_the_publishers_trouble_and_no_readers(reply: str) -> None:
    with MailServer(mail=always(reply)) as server:
        result = send(server.url)
    assert outcomes(result) == [PENDING] * 3
    assert result.trouble.startswith("The sender was refused")


def test_a_server_that_is_away_leaves_every_reader_pending() -> None:
    with MailServer() as server:
        url = server.url
    result = send(url)
    assert outcomes(result) == [PENDING] * 3
    assert "cannot be reached" in result.trouble


def test_after_trouble_the_next_slice_opens_a_new_connection() -> None:
    with MailServer(data=to_second(CLOSE)) as server:
        transport = DjangoTransport(parse_mail_url(server.url))
        transport.send(MESSAGE, readers(2))
        server.data = willing
        result = transport.send(MESSAGE, readers(2))
        transport.close()
    assert outcomes(result) == [ACCEPTED] * 2
    assert server.connections == 2


def test_a_server_that_takes_no_password_says_so_and_the_password_is_not_told() -> None:
    with MailServer() as server:
        host = server.url.removeprefix("smtp://")
        result = send(f"smtp://user:verysecret@{host}?tls=none")
    assert outcomes(result) == [PENDING] * 3
    assert "cannot be reached" in result.trouble
    assert "verysecret" not in result.trouble


@pytest.mark.parametrize(
    "message",
    [
        replace(MESSAGE, subject="News\r\nBcc: everyone@example.org"),
        replace(MESSAGE, headers={**MESSAGE.headers, "X-Note": "a\nBcc: everyone@example.org"}),
        replace(MESSAGE, headers={"From": "News\r\n <a@example.org>"}),
    ],
)
def test_a_line_break_in_a_header_is_refused_and_nothing_is_sent(message: Message) -> None:
    with MailServer() as server:
        result = send(server.url, message=message)
    assert outcomes(result) == [FAILED] * 3
    assert all("cannot be made" in answer.text for answer in result.answers)
    assert server.taken == []


# --- Services, through django-anymail -------------------------------------------------------------------


@pytest.fixture
def service() -> Iterator[FeedServer]:
    with FeedServer() as running:
        yield running


class Service:
    """Anymail's own test backend: speaks to nobody, and answers as it is told."""

    def __init__(self, status: str | Exception) -> None:
        self.status = status

    def route(self) -> MailRoute:
        return MailRoute("test", "tests.mail_service.Backend", {"status": self.status})


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        ("sent", ACCEPTED),
        ("queued", ACCEPTED),
        ("rejected", FAILED),
        ("invalid", FAILED),
        ("failed", FAILED),
    ],
)
def test_a_service_is_believed_about_each_recipient(status: str, outcome: Outcome) -> None:
    transport = DjangoTransport(Service(status).route())
    result = transport.send(MESSAGE, readers(2))
    assert outcomes(result) == [outcome] * 2
    assert result.trouble == ""


@pytest.mark.parametrize(
    ("status", "outcome"),
    [(401, PENDING), (403, PENDING), (429, PENDING), (500, UNCERTAIN), (503, UNCERTAIN)],
)
def test_a_service_that_answers_with_an_error_is_left_alone(
    status: int, outcome: Outcome, service: FeedServer
) -> None:
    url = f"postmark://token@?api_url=http://{service.place}/"
    service.routes["/email"] = Answer(b"{}", status=status)
    result = send(url)
    assert outcomes(result) == [outcome, PENDING, PENDING]
    assert "token" not in result.trouble


def test_a_fault_a_service_finds_with_one_message_keeps_nobody_else_waiting(
    service: FeedServer,
) -> None:
    service.routes["/emails"] = Answer(b"{}", status=400)
    result = send(f"resend://token@?api_url=http://{service.place}/")
    assert outcomes(result) == [DEFERRED] * 3
    assert result.trouble == ""


def test_a_service_that_cannot_be_reached_has_taken_nothing() -> None:
    with FeedServer() as server:
        place = server.place
    result = send(f"postmark://token@?api_url=http://{place}/")
    assert outcomes(result) == [PENDING] * 3
    assert "cannot be reached" in result.trouble


def test_a_service_that_hangs_up_may_have_taken_the_first_message(service: FeedServer) -> None:
    service.routes["/email"] = Answer(b"{}" * 100, is_whole=False)
    result = send(f"postmark://token@?api_url=http://{service.place}/")
    assert outcomes(result) == [UNCERTAIN, PENDING, PENDING]


def test_an_error_that_names_no_status_is_in_doubt() -> None:
    transport = DjangoTransport(Service(AnymailAPIError("Timed out")).route())
    result = transport.send(MESSAGE, readers(2))
    assert outcomes(result) == [UNCERTAIN, PENDING]
    assert "no clear answer" in result.trouble


# --- What the outside sees -------------------------------------------------------------------------------

NAMES = [
    "Morning Briefing",
    'The "Late", Late <Show> \\ News',
    "Größe & Überblick",
    "朝のニュース",
    "أخبار الصباح",
    "Ελληνικά " * 8,
]


def sent_of(press: Press, **newsletter: Any) -> tuple[Digest, Recipient, EmailMessage]:
    digest = press.approved(press.newsletter(slug="morning", **newsletter))
    assert digest.approved_version is not None
    reader = press.reader()
    recipient = Recipient(reader.pk, reader.public_id, reader.address)
    with MailServer() as server:
        transport = DjangoTransport(parse_mail_url(server.url))
        message = Message.of(digest, digest.approved_version)
        result = transport.send(message, [recipient])
        transport.close()
    assert outcomes(result) == [ACCEPTED]
    ((_address, mail),) = server.taken
    return digest, recipient, mail


def test_the_headers_are_those_that_bulk_mail_needs(press: Press) -> None:
    digest, recipient, mail = sent_of(press, reply_to="desk@example.org")
    leave_url = links.leave_url(recipient.public_id, digest.newsletter.public_id)

    assert mail["To"] == recipient.address
    assert mail["Subject"] == "What happened in the night"
    assert mail["From"] == "Morning Briefing <briefing@example.org>"
    assert mail["Reply-To"] == "desk@example.org"
    assert mail["List-Id"] == '"Morning Briefing" <morning.127.0.0.1>'
    assert mail["List-Unsubscribe"].strip() == f"<{leave_url}>"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert mail["Precedence"] == "bulk"
    assert mail["Feedback-ID"] == f"{DAY:%Y%m%d}:morning:digest:newsroom"
    assert mail["Date"].datetime.year >= 2026
    assert mail["Message-ID"] == message_id(digest.public_id, recipient.public_id)
    for once in ("From", "To", "Subject", "Date", "Message-ID", "List-Unsubscribe", "List-Id"):
        assert len(mail.get_all(once, [])) == 1
    assert mail["Cc"] is mail["Bcc"] is None


def test_the_text_comes_before_the_html_and_both_let_the_reader_leave(press: Press) -> None:
    digest, recipient, mail = sent_of(press)
    leave_url = links.leave_url(recipient.public_id, digest.newsletter.public_id)

    assert mail.get_content_type() == "multipart/alternative"
    text, html = mail.iter_parts()
    assert (text.get_content_type(), html.get_content_type()) == ("text/plain", "text/html")
    for part in (text, html):
        content = part.get_content()
        assert leave_url in content
        assert "1 Quay Street, Port Aldwyn" in content
        assert "\ue000" not in content
    assert resolve(urlsplit(leave_url).path).url_name == "unsubscribe"


@pytest.mark.parametrize("name", NAMES)
def test_a_name_in_any_script_arrives_as_it_was_written(press: Press, name: str) -> None:
    name = name.strip()
    _digest, _recipient, mail = sent_of(press, name=name)
    raw = {header: str(value) for header, value in mail.raw_items()}
    ((shown, address),) = getaddresses([raw["From"].replace("\r\n", "")])
    assert (str(make_header(decode_header(shown))), address) == (name, "briefing@example.org")
    # The id itself is never encoded: mail programs look for it between the brackets (RFC 2919).
    assert raw["List-Id"].endswith("<morning.127.0.0.1>")
    assert raw["List-Id"].isascii()


def test_a_message_id_is_one_readers_and_stays_the_same(press: Press) -> None:
    digest = press.approved(press.newsletter())
    assert digest.approved_version is not None
    message = Message.of(digest, digest.approved_version)
    first, second = readers(2)

    def id_of(recipient: Recipient) -> str:
        made: EmailMultiAlternatives = message.personalised(recipient)
        return str(made.message()["Message-ID"])

    assert id_of(first) == id_of(first) != id_of(second)
