"""What became of each reader, whatever the server does."""

import re
import socket
import time
from collections import Counter
from collections.abc import Iterator
from email import message_from_bytes
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from django.test import override_settings

from digests.choices import Outcome
from digests.delivery.return_paths import Returned, read_return_path
from digests.delivery.transports import smtp
from digests.delivery.transports.base import Result
from digests.delivery.transports.smtp import SmtpTransport
from digests.delivery.transports.smtp_wire import Timeouts
from digests.messages.compiling import compile_message
from digests.messages.message import Message, Recipient
from subscriptions.choices import BounceKind
from subscriptions.mailing.mail import parse_mail_url
from tests.digests.delivery.letters import a_message, readers
from tests.smtp_sink import CHUNKING, DROP, PIPELINING, PLAIN, RESET, STALL, Sink

pytestmark = pytest.mark.service

QUICK = Timeouts(
    connect=5, greeting=1.5, command=1.5, block=1.5, final=2, quit=0.5, ask=0.05, tick=0.05
)
MODES = pytest.mark.parametrize(
    "extensions", [PLAIN, PIPELINING, CHUNKING], ids=["plain", "pipelining", "chunking"]
)
MESSAGE = a_message(html="<p>News</p>\n.\n" + "x" * 3000, text="News\n.\n..two\n")


@pytest.fixture
def sink() -> Iterator[Sink]:
    with Sink() as running:
        yield running


@pytest.fixture(autouse=True)
def _no_grudges(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ports are used again: what one sink did must not count against the next."""
    monkeypatch.setattr(smtp, "_lies", {})


def transport_to(port: int, options: str = "", user: str = "") -> SmtpTransport:
    url = f"smtp://{user}127.0.0.1:{port}{options}"
    return SmtpTransport(parse_mail_url(url), timeouts=QUICK)


def sent(sink: Sink, people: list[Recipient], message: Message = MESSAGE) -> Result:
    transport = transport_to(sink.port)
    try:
        return transport.send(message, people)
    finally:
        transport.close()


def outcomes(result: Result) -> list[Outcome]:
    return [answer.outcome for answer in result.answers]


A, D, F, P, U = (
    Outcome.ACCEPTED,
    Outcome.DEFERRED,
    Outcome.FAILED,
    Outcome.PENDING,
    Outcome.UNCERTAIN,
)


@MODES
def test_every_reader_gets_their_own_message_once(sink: Sink, extensions: tuple[str, ...]) -> None:
    sink.extensions = extensions
    people = readers(50)

    result = sent(sink, people)

    assert outcomes(result) == [A] * 50
    assert sink.addresses == [reader.address for reader in people]
    for reader, taken in zip(people, sink.taken, strict=True):
        parsed = message_from_bytes(taken.content)
        assert parsed["To"] == reader.address
        assert reader.public_id in parsed["List-Unsubscribe"]
        assert taken.sender == "news@courier.example.org"
    assert sink.violations == []
    assert sink.connections == 1


@MODES
def test_the_bytes_are_the_compiled_ones_however_they_travel(
    sink: Sink, extensions: tuple[str, ...]
) -> None:
    sink.extensions = extensions
    (reader,) = readers(1)
    sent(sink, [reader])

    def without_date(raw: bytes) -> list[bytes]:
        return [line for line in raw.split(b"\r\n") if not line.startswith(b"Date:")]

    expected = compile_message(MESSAGE).personalised(reader)
    assert without_date(sink.taken[0].content) == without_date(expected)


@MODES
@pytest.mark.parametrize(
    ("reply", "outcome", "code", "text"),
    [
        ("550 5.1.1 No such user", F, "550 5.1.1", "No such user"),
        ("550 No such user", F, "550", "No such user"),
        ("450 4.2.0 Greylisted", D, "450 4.2.0", "Greylisted"),
        ("552 5.2.2 Full", F, "552 5.2.2", "Full"),
        ("550 5.7.1 We do not like this stream", D, "550 5.7.1", "We do not like this stream"),
    ],
)
@pytest.mark.parametrize("moment", ["RCPT TO:<reader3@", "CONTENT reader3@"])
def test_a_refusal_is_that_readers_alone(
    sink: Sink,
    extensions: tuple[str, ...],
    reply: str,
    outcome: Outcome,
    code: str,
    text: str,
    moment: str,
) -> None:
    sink.extensions = extensions
    sink.acts(moment, reply)

    result = sent(sink, readers(6))

    assert outcomes(result) == [A, A, outcome, A, A, A]
    assert (result.answers[2].code, result.answers[2].text) == (code, text)
    assert not result.trouble
    assert sink.addresses == [f"reader{n}@example.org" for n in (1, 2, 4, 5, 6)]
    assert sink.violations == []


def test_a_354_after_every_recipient_was_refused_brings_nobody_a_message(sink: Sink) -> None:
    """The lone dot's 250 is not to be trusted: the reader was refused."""
    sink.extensions = PIPELINING
    sink.acts("RCPT TO:<reader2@", "550 5.1.1 No")
    sink.acts("DATA", "354 Go on anyway", after=1, times=1)
    sink.acts(r"\.$", "250 2.0.0 Taken, I say", times=1)

    result = sent(sink, readers(4))

    assert outcomes(result) == [A, F, A, A]
    assert sink.commands.count(".") == 1
    assert not any("Subject" in command for command in sink.commands)


def test_a_250_for_a_chunk_after_a_refused_recipient_is_not_trusted(sink: Sink) -> None:
    sink.acts("RCPT TO:<reader2@", "550 5.1.1 No")
    result = sent(sink, readers(3))
    assert outcomes(result) == [A, F, A]


@MODES
def test_a_refused_sender_is_no_readers_fault(sink: Sink, extensions: tuple[str, ...]) -> None:
    sink.extensions = extensions
    sink.acts("MAIL", "550 5.7.1 Not you", after=2)

    result = sent(sink, readers(12))

    assert outcomes(result)[:2] == [A, A]
    assert set(outcomes(result)[2:]) == {P}
    assert "sender" in result.trouble
    assert "550 5.7.1 Not you" in result.trouble
    assert len(sink.taken) == 2


@MODES
def test_a_stream_refused_for_policy_rests(sink: Sink, extensions: tuple[str, ...]) -> None:
    sink.extensions = extensions
    sink.acts("CONTENT", "550 5.7.515 Authenticate first", after=3)

    result = sent(sink, readers(40))

    told = Counter(outcomes(result))
    assert told[A] == 3
    assert told[F] == told[U] == 0
    assert 5 <= told[D] <= 13  # what was in flight is heard out
    assert "policy" in result.trouble
    assert result.rest_seconds >= 600


@MODES
@pytest.mark.parametrize(
    "reply",
    [
        "550 5.1.0 <bounces@example.org> sender rejected",
        "550 5.1.1 Your IP is on a blacklist; user unknown",
        "554 Message rejected as spam",
        "550 SPF check failed",
    ],
)
@pytest.mark.parametrize("moment", ["RCPT", "CONTENT"])
def test_a_stream_refused_in_words_rests_and_blames_nobody(
    sink: Sink, extensions: tuple[str, ...], reply: str, moment: str
) -> None:
    sink.extensions = extensions
    sink.acts(moment, reply)

    result = sent(sink, readers(40))

    assert "policy" in result.trouble
    assert {answer.outcome for answer in result.answers} == {D, P}
    assert not any(answer.blame for answer in result.answers)


@MODES
def test_dead_mailboxes_with_a_code_of_policy_do_not_stop_the_stream(
    sink: Sink, extensions: tuple[str, ...]
) -> None:
    sink.extensions = extensions
    sink.acts("RCPT TO:<reader[1-7]@", "550 5.7.1 User unknown")

    result = sent(sink, readers(9))

    assert outcomes(result) == [F] * 7 + [A] * 2
    assert [answer.blame for answer in result.answers] == [BounceKind.HARD] * 7 + [None] * 2
    assert not result.trouble


@MODES
@pytest.mark.parametrize("number", [2, 4, 12])
@pytest.mark.parametrize(
    "reply",
    [
        "552 5.3.4 Message size exceeds fixed limit",
        "552 5.2.3 Longer than we take",
        "554 5.6.1 Media not supported",
        "550 Message too large",
    ],
)
def test_a_refused_message_is_nobodys_outcome_and_the_digest_waits(
    sink: Sink, extensions: tuple[str, ...], reply: str, number: int
) -> None:
    sink.extensions = extensions
    sink.acts("CONTENT", reply)

    result = sent(sink, readers(number))

    assert outcomes(result) == [P] * number
    assert result.is_about_message
    assert result.rest_seconds >= 60
    assert reply in result.trouble
    assert re.search(r"the message of \d{4} bytes", result.trouble)
    assert len([line for line in sink.commands if line.startswith("RCPT")]) <= 13


@MODES
@pytest.mark.parametrize("places", [[1], [1, 2], [3, 5]])
def test_a_message_that_others_take_is_only_put_off_for_who_refuses_it(
    sink: Sink, extensions: tuple[str, ...], places: list[int]
) -> None:
    """One company's own limit must not hold up everybody else, nor count against its reader."""
    sink.extensions = extensions
    for place in places:
        sink.acts(f"CONTENT reader{place}@", "552 5.2.3 Message length exceeds what we take")

    result = sent(sink, readers(6))

    assert outcomes(result) == [D if place in places else A for place in range(1, 7)]
    assert not any(answer.blame for answer in result.answers)
    assert not result.trouble


@MODES
def test_one_reader_alone_whose_server_refuses_the_message_holds_up_nobody_behind_them(
    sink: Sink, extensions: tuple[str, ...]
) -> None:
    sink.extensions = extensions
    sink.acts("CONTENT", "552 5.3.4 Too large")

    result = sent(sink, readers(1))

    assert outcomes(result) == [D]
    assert result.is_about_message
    assert "552 5.3.4 Too large" in result.trouble


@MODES
@pytest.mark.parametrize("verb", ["MAIL", "RCPT"])
@pytest.mark.parametrize(
    "reply",
    [
        "550 5.7.1 Too many messages in this session",
        "451 4.7.1 Maximum number of messages per connection reached",
        "452 4.5.3 Session limit exceeded",
    ],
)
def test_a_connection_that_takes_no_more_is_followed_by_another(
    sink: Sink, extensions: tuple[str, ...], verb: str, reply: str
) -> None:
    """Each of its readers has the message once, and the way out need not rest."""
    sink.extensions = extensions
    sink.limit = (4, verb, reply)

    result = sent(sink, readers(10))

    assert outcomes(result) == [A] * 10
    assert not result.trouble
    assert Counter(sink.addresses) == Counter(r.address for r in readers(10))
    assert sink.connections == 3
    assert sink.violations == []


@MODES
def test_a_server_whose_connections_take_nothing_is_left_alone(
    sink: Sink, extensions: tuple[str, ...]
) -> None:
    sink.extensions = extensions
    sink.acts("RCPT", "550 5.7.1 Too many messages in this session")
    result = sent(sink, readers(40))
    assert "policy" in result.trouble
    assert set(outcomes(result)) == {D, P}
    assert sink.connections <= 5


@MODES
def test_a_421_is_no_readers_outcome(sink: Sink, extensions: tuple[str, ...]) -> None:
    """And the rest goes out on a new connection, for this one had got through."""
    sink.extensions = extensions
    sink.acts("RCPT TO:<reader5@", "421 4.3.2 Shutting down", times=1)

    result = sent(sink, readers(10))

    assert outcomes(result) == [A] * 10
    assert Counter(sink.addresses) == Counter(r.address for r in readers(10))
    assert sink.connections == 2


@MODES
def test_a_server_that_says_421_to_everything_is_left_alone(
    sink: Sink, extensions: tuple[str, ...]
) -> None:
    sink.extensions = extensions
    sink.acts("MAIL", "421 4.7.0 Too much")
    result = sent(sink, readers(10))
    assert outcomes(result) == [P] * 10
    assert "421 4.7.0 Too much" in result.trouble
    assert sink.connections == 1


@pytest.mark.parametrize("extensions", [PLAIN, PIPELINING], ids=["plain", "pipelining"])
@pytest.mark.parametrize("act", [DROP, RESET, STALL])
def test_only_the_message_before_the_lost_reply_is_in_doubt(
    sink: Sink, extensions: tuple[str, ...], act: str
) -> None:
    """Lost after the final dot: RFC 1047's gap. The rest goes out on a new connection."""
    sink.extensions = extensions
    sink.acts("ACCEPTED reader4@", act, times=1)

    result = sent(sink, readers(8))

    assert outcomes(result) == [A, A, A, U, A, A, A, A]
    assert result.answers[3].text
    assert Counter(sink.addresses) == Counter(r.address for r in readers(8))


def test_chunks_in_flight_when_the_connection_is_lost_are_in_doubt(sink: Sink) -> None:
    sink.acts("ACCEPTED reader4@", DROP, times=1)

    result = sent(sink, readers(30))

    told = outcomes(result)
    assert told[:3] == [A, A, A]
    assert told[3] == U
    doubtful = [place for place, outcome in enumerate(told) if outcome == U]
    assert doubtful == list(range(3, 3 + len(doubtful)))
    assert len(doubtful) <= 8
    assert set(told[3 + len(doubtful) :]) == {A}
    assert max(Counter(sink.addresses).values()) == 1


@pytest.mark.parametrize("moment", ["RCPT TO:<reader4@", "DATA"])
@pytest.mark.parametrize("extensions", [PLAIN, PIPELINING], ids=["plain", "pipelining"])
def test_a_connection_lost_before_the_content_costs_nobody_anything(
    sink: Sink, extensions: tuple[str, ...], moment: str
) -> None:
    sink.extensions = extensions
    sink.acts(moment, DROP, times=1, after=3 if moment == "DATA" else 0)

    result = sent(sink, readers(8))

    assert outcomes(result) == [A] * 8
    assert Counter(sink.addresses) == Counter(r.address for r in readers(8))


@MODES
def test_an_answer_stands_though_the_connection_is_reset_behind_it(
    sink: Sink, extensions: tuple[str, ...]
) -> None:
    sink.extensions = extensions
    sink.acts("ACCEPTED reader8@", "250 2.0.0 Taken", then=RESET, times=1)
    result = sent(sink, readers(8))
    # A reset may overtake replies on the way; then those readers are in doubt, never lost or sent twice.
    assert set(outcomes(result)) <= {A, U}
    assert outcomes(result)[0] == A
    assert len(sink.taken) == 8


@MODES
def test_nobody_is_in_doubt_when_the_server_stalls_before_the_content(
    sink: Sink, extensions: tuple[str, ...]
) -> None:
    sink.extensions = extensions
    sink.acts("MAIL", STALL)
    result = sent(sink, readers(3))
    expected = [P, P, P] if extensions is not CHUNKING else [U, P, P]  # a chunk goes with its MAIL
    assert outcomes(result) == expected
    assert result.trouble


@pytest.mark.parametrize(
    ("act", "why"),
    [
        (b"250 " + b"x" * 1_000_000 + b"\r\n", "more than 4096 characters"),
        (b"250-x\r\n" * 5000, "no end"),
        (b"250-x\r\n550 y\r\n", "different codes"),
        (b"HTTP/1.1 400 Bad Request\r\n", "no reply of a mail server"),
        (b"999 9.9.9 Hm\r\n", "no reply of a mail server"),
        (b"\xff\xfe\x00\r\n", "no reply of a mail server"),
        ("503 5.5.1 Lost the thread", "lost the thread"),
        ("354 Go on?", "lost the thread"),
    ],
)
@MODES
def test_a_server_that_talks_nonsense_is_left_with_a_clear_reason(
    sink: Sink, extensions: tuple[str, ...], act: str | bytes, why: str
) -> None:
    sink.extensions = extensions
    sink.acts("ACCEPTED", act)
    result = sent(sink, readers(3))
    assert why in result.trouble
    assert len(result.trouble) < 300
    assert A not in outcomes(result)
    assert F not in outcomes(result)
    if isinstance(act, bytes):
        assert outcomes(result) == [U, P, P]


@pytest.mark.parametrize(
    ("rule", "why"),
    [
        (("CONNECT", STALL), "did not answer in time"),
        (("CONNECT", "554 5.7.1 Go away"), "does not want us: 554 5.7.1 Go away"),
        (("CONNECT", "421 Busy"), "421 Busy"),
        (("CONNECT", DROP), "connection was lost"),
        (("EHLO", b"250-a\r\n250 " + b"x" * 10_000 + b"\r\n"), "more than 4096"),
    ],
)
def test_a_server_that_does_not_let_us_in_costs_nobody_anything(
    sink: Sink, rule: tuple[str, str | bytes], why: str
) -> None:
    sink.acts(*rule)
    result = sent(sink, readers(3))
    assert outcomes(result) == [P, P, P]
    assert why in result.trouble


def test_a_server_that_is_not_there_is_named() -> None:
    with Sink() as gone:
        port = gone.port
    result = transport_to(port).send(MESSAGE, readers(2))
    assert outcomes(result) == [P, P]
    assert f"127.0.0.1:{port} cannot be reached" in result.trouble


def test_a_server_without_ehlo_is_served_plainly(sink: Sink) -> None:
    sink.acts("EHLO", "502 5.5.1 What?")
    assert outcomes(sent(sink, readers(3))) == [A] * 3
    assert not any(command.startswith("BDAT") for command in sink.commands)


def test_a_server_that_does_not_know_bdat_after_all_gets_data(sink: Sink) -> None:
    sink.acts("no CHUNKING", "")
    result = sent(sink, readers(5))
    assert outcomes(result) == [A] * 5
    assert Counter(sink.addresses) == Counter(r.address for r in readers(5))


def test_a_server_that_does_not_read_groups_after_all_gets_single_commands(sink: Sink) -> None:
    sink.extensions = PIPELINING
    sink.drops_input = True
    result = sent(sink, readers(5))
    assert outcomes(result) == [A] * 5
    assert Counter(sink.addresses) == Counter(r.address for r in readers(5))
    assert sink.connections == 2


def test_one_connection_serves_slice_after_slice(sink: Sink) -> None:
    transport = transport_to(sink.port)
    for _slice in range(5):
        assert outcomes(transport.send(MESSAGE, readers(10))) == [A] * 10
    transport.close()
    assert sink.connections == 1
    assert sink.commands[-1] == "QUIT"


def test_a_connection_that_the_server_closed_between_slices_is_renewed(sink: Sink) -> None:
    sink.acts("ACCEPTED reader10@", "250 2.0.0 Taken", then=DROP, times=1)
    transport = transport_to(sink.port)
    assert outcomes(transport.send(MESSAGE, readers(10)))[:9] == [A] * 9
    time.sleep(0.1)
    result = transport.send(MESSAGE, readers(10))
    transport.close()
    assert outcomes(result) == [A] * 10
    assert not result.trouble


@MODES
def test_a_connection_is_left_before_the_server_tires_of_errors(
    sink: Sink, extensions: tuple[str, ...]
) -> None:
    sink.extensions = extensions
    sink.acts("RCPT", "550 5.1.1 No")
    result = sent(sink, readers(30))
    assert outcomes(result) == [F] * 30
    assert sink.connections >= 3


def test_a_connection_is_renewed_after_many_messages(
    sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("digests.delivery.transports.smtp_exchange.MOST_ATTEMPTS", 7)
    result = sent(sink, readers(20))
    assert outcomes(result) == [A] * 20
    assert sink.connections == 3


def test_waiting_asks_whether_the_work_is_still_ours(sink: Sink) -> None:
    sink.acts("ACCEPTED reader2@", STALL)
    asked: list[float] = []

    def on_wait() -> bool:
        asked.append(time.monotonic())
        return len(asked) < 4

    started = time.monotonic()
    result = transport_to(sink.port).send(MESSAGE, readers(3), on_wait=on_wait)

    assert outcomes(result)[0] == A
    assert outcomes(result)[1] == U
    assert "no longer in our hands" in result.trouble
    assert time.monotonic() - started < QUICK.final
    assert sink.connections == 1


@MODES
def test_a_reader_whose_address_cannot_be_written_is_refused_alone(
    sink: Sink, extensions: tuple[str, ...]
) -> None:
    sink.extensions = extensions
    good, other = readers(2)
    bad = Recipient(3, "B" * 16, "eve@example.org>\r\nRCPT TO:<ada@example.org")
    foreign = Recipient(4, "C" * 16, "åse@example.org")

    result = sent(sink, [good, bad, foreign, other])

    assert outcomes(result) == [A, F, F, A]
    assert "line break" in result.answers[1].text
    assert "not ASCII" in result.answers[2].text
    assert sink.addresses == [good.address, other.address]


def test_a_message_that_cannot_be_made_is_nobodys_outcome(sink: Sink) -> None:
    result = sent(sink, readers(2), a_message(subject="Hello\r\nBcc: eve@example.org"))
    assert outcomes(result) == [P, P]
    assert "Subject holds a line break" in result.trouble
    assert sink.connections == 0


def test_a_message_larger_than_the_server_takes_is_not_sent(sink: Sink) -> None:
    sink.extensions = (*CHUNKING, "SIZE 2000")
    result = sent(sink, readers(2))
    assert outcomes(result) == [P, P]
    assert "at most 2000 bytes" in result.trouble


@override_settings(BOUNCE_ADDRESS="bounces@mail.example.org")
def test_each_reader_has_a_return_path_of_their_own(sink: Sink) -> None:
    people = readers(3)
    sent(sink, people)
    for reader, taken in zip(people, sink.taken, strict=True):
        assert taken.sender.startswith("bounces+")
        assert read_return_path(taken.sender) == Returned(MESSAGE.digest, reader.public_id)


@override_settings(BOUNCE_ADDRESS="the-bounce-office@mail.example.org")
def test_a_bounce_address_without_room_for_a_token_is_said(sink: Sink) -> None:
    result = sent(sink, readers(1))
    assert outcomes(result) == [P]
    assert "too long" in result.trouble


class Keeping:
    """aiosmtpd's handler: keep every message."""

    def __init__(self) -> None:
        self.kept: list[tuple[list[str], bytes]] = []

    async def handle_DATA(  # noqa: N802 - aiosmtpd looks for this name
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        assert isinstance(envelope.content, bytes)
        self.kept.append((list(envelope.rcpt_tos), envelope.content))
        return "250 2.0.0 Kept"


def test_aiosmtpd_takes_every_message() -> None:
    handler: Any = Keeping()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    controller = Controller(handler, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        transport = transport_to(port)
        result = transport.send(MESSAGE, readers(20))
        transport.close()
    finally:
        controller.stop()
    assert outcomes(result) == [A] * 20
    assert [recipients for recipients, _content in handler.kept] == [
        [reader.address] for reader in readers(20)
    ]
    assert all(b"\r\n.\r\n" not in content for _recipients, content in handler.kept)
