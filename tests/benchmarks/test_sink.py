"""The sink is the judge of the engine, so it is held to RFC 5321, 2920 and 3030 by hand-written sessions."""

import socket
from collections.abc import Iterator
from pathlib import Path
from time import monotonic

import pytest

from benchmarks.sink.running import Behaviour, Sink, compiled, python_sink

pytestmark = pytest.mark.service

CONTENT = b"To: ann@example.org\r\nMessage-ID: <1@example.org>\r\n\r\nGood morning.\r\n..dot\r\n"
ENVELOPE = b"MAIL FROM:<desk@example.org> BODY=8BITMIME SIZE=99\r\nRCPT TO:<ann@example.org>\r\n"
TAKEN = "250 2.0.0 Taken"


class Peer:
    """Writes raw bytes, reads whole replies."""

    def __init__(self, port: int, *, greet: bool = True) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=5)
        self.file = self.socket.makefile("rb")
        assert self.reply().startswith("220")
        if greet:
            self.extensions = self.say("EHLO peer.example.org")

    def send(self, raw: bytes) -> None:
        self.socket.sendall(raw)

    def say(self, line: str) -> str:
        self.send(line.encode() + b"\r\n")
        return self.reply()

    def reply(self) -> str:
        lines = [self.file.readline().decode()]
        while lines[-1][3:4] == "-":
            lines.append(self.file.readline().decode())
        return " / ".join(line.rstrip() for line in lines)

    def replies(self, number: int) -> list[str]:
        return [self.reply()[:3] for _ in range(number)]

    def close(self) -> None:
        self.file.close()
        self.socket.close()


@pytest.fixture(params=["c", "python"])
def command(request: pytest.FixtureRequest) -> list[str]:
    found = compiled() if request.param == "c" else python_sink()
    if found is None:
        pytest.skip("no C compiler here")
    return found


@pytest.fixture
def sink(command: list[str], tmp_path: Path) -> Iterator[Sink]:
    with Sink(log=tmp_path / "log", command=command) as running:
        yield running


@pytest.fixture
def peer(sink: Sink) -> Iterator[Peer]:
    peer = Peer(sink.port)
    yield peer
    peer.close()


def test_a_message_by_data_is_counted_and_logged_before_its_reply(
    sink: Sink, peer: Peer, tmp_path: Path
) -> None:
    peer.send(ENVELOPE + b"DATA\r\n")
    assert peer.replies(3) == ["250", "250", "354"]
    peer.send(CONTENT + b".\r\n")
    assert peer.reply() == TAKEN
    assert (tmp_path / "log").read_text() == "ann@example.org <1@example.org>\n"
    counts = sink.counts()
    assert (counts["messages"], counts["bytes"]) == (1, len(CONTENT) - 1)  # a dot is unstuffed
    assert counts["not_one_recipient"] == counts["misaddressed"] == counts["early"] == 0
    assert counts["first_at"] == counts["last_at"] > 0


def test_content_may_come_in_any_pieces(sink: Sink, peer: Peer) -> None:
    peer.send(ENVELOPE + b"DATA\r\n")
    peer.replies(3)
    for byte in CONTENT + b".\r\n":
        peer.send(bytes([byte]))
    assert peer.reply() == TAKEN
    counts = sink.counts()
    assert (counts["bytes"], counts["misaddressed"]) == (len(CONTENT) - 1, 0)
    assert counts["bare_newlines"] == counts["long_lines"] == 0


def test_chunks_are_counted_whole_and_never_unstuffed(
    sink: Sink, peer: Peer, tmp_path: Path
) -> None:
    assert "CHUNKING" in peer.extensions
    first, second = CONTENT[:30], CONTENT[30:]
    peer.send(ENVELOPE + b"BDAT %d\r\n%s" % (len(first), first))
    peer.send(b"BDAT %d LAST\r\n%s" % (len(second), second))
    peer.send(ENVELOPE + b"BDAT %d LAST\r\n%s" % (len(CONTENT), CONTENT))
    assert peer.replies(7) == ["250"] * 7
    assert (sink.counts()["messages"], sink.counts()["bytes"]) == (2, 2 * len(CONTENT))
    assert len((tmp_path / "log").read_text().splitlines()) == 2


def test_an_empty_last_chunk_ends_a_message(sink: Sink, peer: Peer) -> None:
    peer.send(ENVELOPE + b"BDAT %d\r\n%sBDAT 0 LAST\r\n" % (len(CONTENT), CONTENT))
    assert peer.replies(4) == ["250"] * 4
    assert sink.counts()["messages"] == 1


def test_a_refused_chunk_is_swallowed_and_so_are_those_behind_it(sink: Sink, peer: Peer) -> None:
    peer.send(b"BDAT 6\r\nNOOP\r\nBDAT 6 LAST\r\nQUIT\r\n" + ENVELOPE)
    assert peer.replies(4) == ["503", "503", "250", "250"]
    assert sink.counts()["messages"] == 0


def test_after_a_failed_chunk_only_a_new_transaction_helps(sink: Sink, peer: Peer) -> None:
    peer.send(b"BDAT 1\r\nxRSET\r\n" + ENVELOPE + b"BDAT 1 LAST\r\nx")
    assert peer.replies(5) == ["503", "250", "250", "250", "250"]


@pytest.mark.parametrize(
    ("lines", "code"),
    [
        (["MAIL FROM:<a@example.org>", "MAIL FROM:<b@example.org>"], "503"),
        (["DATA"], "503"),
        (["MAIL FROM:<a@example.org>", "DATA"], "503"),
        (["RCPT TO:<a@example.org>"], "503"),
        (["MAIL FROM:<a@example.org>", "RSET", "RCPT TO:<b@example.org>"], "503"),
        (["MAIL FROM:<a@example.org>", "EHLO x", "RCPT TO:<b@example.org>"], "503"),
        (["MAIL FROM:<a@example.org> SMTPUTF8"], "555"),
        (["MAIL FROM:<a@example.org> SIZE=999999999"], "552"),
        (["MAIL FROM:a@example.org"], "501"),
        (["MAIL FROM:<>", "RCPT TO:<nobody>"], "501"),
        (["HOWDY"], "500"),
        (["MAIL FROM:<>", "RCPT TO:<a@example.org>", "BDAT x"], "501"),
    ],
)
def test_what_is_out_of_order_or_malformed_is_refused(
    sink: Sink, peer: Peer, lines: list[str], code: str
) -> None:
    answers = [peer.say(line) for line in lines]
    assert [answer[:3] for answer in answers] == ["250"] * (len(lines) - 1) + [code]
    counts = sink.counts()
    assert counts["messages"] == 0
    assert counts["out_of_order"] == (code == "503")
    assert counts["syntax_errors"] == (code in {"500", "501", "555"})


def test_mail_before_a_greeting_is_refused(sink: Sink) -> None:
    peer = Peer(sink.port, greet=False)
    assert peer.say("MAIL FROM:<a@example.org>")[:3] == "503"
    peer.close()


def test_a_bare_newline_never_ends_a_message(sink: Sink, peer: Peer) -> None:
    peer.send(ENVELOPE + b"DATA\r\n")
    peer.replies(3)
    peer.send(CONTENT + b"smuggled\n.\r\nMAIL FROM:<x@example.org>\r\n.\n\r\n.\r\n")
    assert peer.reply() == TAKEN
    counts = sink.counts()
    assert counts["messages"] == 1
    assert counts["bare_newlines"] == 2


def test_a_mail_with_two_readers_or_for_another_one_is_noticed(sink: Sink, peer: Peer) -> None:
    peer.send(ENVELOPE + b"RCPT TO:<bob@example.org>\r\nDATA\r\n")
    peer.replies(4)
    peer.send(CONTENT + b".\r\n")
    peer.reply()
    peer.send(ENVELOPE.replace(b"ann", b"bob") + b"DATA\r\n")
    peer.replies(3)
    peer.send(CONTENT + b".\r\n")
    peer.reply()
    counts = sink.counts()
    assert (counts["not_one_recipient"], counts["misaddressed"]) == (1, 1)


def test_long_lines_are_noticed(sink: Sink, peer: Peer) -> None:
    peer.send(ENVELOPE + b"DATA\r\n")
    peer.replies(3)
    fits, too_long = b"x" * 998 + b"\r\n", b"x" * 5000 + b"\r\n"
    peer.send(CONTENT + fits + too_long + b".\r\n")
    assert peer.reply() == TAKEN
    assert sink.counts()["long_lines"] == 1
    assert sink.counts()["bytes"] == len(CONTENT) - 1 + len(fits) + len(too_long)


def test_content_that_does_not_wait_for_the_go_ahead_is_noticed(sink: Sink, peer: Peer) -> None:
    peer.send(ENVELOPE + b"DATA\r\n" + CONTENT + b".\r\n")
    assert peer.replies(4) == ["250", "250", "354", "250"]
    assert sink.counts()["early"] == 1


def test_a_connection_lost_in_a_transaction_is_counted(sink: Sink) -> None:
    peer = Peer(sink.port)
    peer.send(ENVELOPE + b"DATA\r\n" + CONTENT)
    peer.replies(3)
    peer.close()
    end = monotonic() + 5
    while not sink.counts()["aborted"] and monotonic() < end:
        pass
    assert sink.counts()["aborted"] == 1
    assert sink.counts()["messages"] == 0


def test_extensions_can_be_left_out_and_then_are_not_to_be_used(command: list[str]) -> None:
    with Sink(Behaviour(pipelining=False, chunking=False), command=command) as sink:
        peer = Peer(sink.port)
        assert "PIPELINING" not in peer.extensions
        assert "CHUNKING" not in peer.extensions
        peer.send(ENVELOPE + b"BDAT 1 LAST\r\nx")
        assert peer.replies(3) == ["250", "250", "503"]
        assert sink.counts()["early"] >= 1
        peer.close()


def test_replies_are_held_back_by_one_round_trip(command: list[str]) -> None:
    with Sink(Behaviour(delay_ms=60), command=command) as sink:
        peer = Peer(sink.port)
        begun = monotonic()
        peer.send(ENVELOPE + b"DATA\r\n")  # a group costs one round trip, not three
        assert peer.replies(3) == ["250", "250", "354"]
        assert 0.055 < monotonic() - begun < 0.17
        peer.close()


def test_the_sink_ends_when_nobody_holds_its_input(command: list[str]) -> None:
    with Sink(command=command) as sink:
        process = sink._process
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(5) == 0
        process.stdin = None
