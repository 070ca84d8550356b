"""Against a real mail server: what Postfix says it took arrives behind it, once."""

import re
import time
from collections import Counter
from email import message_from_bytes

import pytest

from digests.choices import Outcome
from digests.delivery.transports.smtp import SmtpTransport
from digests.messages.message import message_id
from subscriptions.mailing.mail import parse_mail_url
from tests.digests.delivery.letters import a_message, a_reader, readers
from tests.postfix import Postfix, why_not
from tests.smtp_sink import PLAIN, Sink

pytestmark = [
    pytest.mark.service,
    pytest.mark.skipif(bool(why_not()), reason=why_not() or "it can be run"),
]
SECONDS = 30
GOODBYE = " {}=6"


@pytest.mark.parametrize(
    ("without", "command"),
    [("", "BDAT"), ("chunking", "DATA"), ("chunking, pipelining", "DATA")],
    ids=["chunking", "pipelining", "plain"],
)
def test_postfix_hands_on_what_it_answered_for(without: str, command: str) -> None:
    people = readers(60)
    nobody = a_reader("refused@example.org", number=999)
    message = a_message(html="<p>Récit</p>\n.\n" + "x" * 40_000, text="News\n.\n")
    with Sink(extensions=PLAIN) as sink, Postfix(sink.port, without=without) as postfix:
        transport = SmtpTransport(parse_mail_url(f"smtp://127.0.0.1:{postfix.port}"))
        result = transport.send(message, [*people[:30], nobody, *people[30:]])
        transport.close()
        assert not result.trouble, postfix.log()
        end = time.monotonic() + SECONDS
        while time.monotonic() < end:
            log = (
                postfix.log()
            )  # written by a process of its own, now and then after the sink has all
            if len(sink.taken) >= len(people) and GOODBYE.format(command.lower()) in log:
                break
            time.sleep(0.05)

    accepted = [answer.outcome == Outcome.ACCEPTED for answer in result.answers]
    assert accepted == [True] * 30 + [False] + [True] * 30, log
    assert result.answers[30].outcome == Outcome.FAILED
    assert result.answers[30].code == "550 5.1.1"
    assert Counter(sink.addresses) == Counter(reader.address for reader in people), log
    expected = {reader.address: message_id(message.digest, reader.public_id) for reader in people}
    for taken in sink.taken:
        parsed = message_from_bytes(taken.content)
        assert parsed["Message-ID"] == expected[taken.recipient]
        html = parsed.get_payload()[1]  # type: ignore[index]  # two parts
        assert "\r\n.\r\n" in html.get_payload(decode=True).decode().replace("\r\r", "\r")  # type: ignore[union-attr]
    assert "improper command pipelining" not in log
    assert "lost connection after CONNECT" in log  # our own look whether it is up
    assert log.count("lost connection") == 1
    assert re.search(r"disconnect from .*" + GOODBYE.format(command.lower()), log), log
