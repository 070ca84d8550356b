"""Mails that ask to leave, from a folder or a pipe; whatever else lies there makes nobody leave."""

import io
import mailbox
import sys
import time
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from digests.messages.compiling import compile_message
from digests.messages.message import Message, Recipient
from subscriptions import leave_mails
from subscriptions.choices import SubscriptionState
from subscriptions.clock import database_now
from subscriptions.models import Consent, Subscription
from tests.builders import Press


@pytest.fixture
def tie(press: Press, settings: Settings) -> Subscription:
    settings.UNSUBSCRIBE_ADDRESS = "leave@example.org"
    return press.subscribe(press.reader(address="reader@example.org"), press.newsletter())


def header_of(press: Press, tie: Subscription) -> str:
    """As the reader's mail has it, when it left by SMTP."""
    digest = press.approved(tie.newsletter)
    assert digest.approved_version is not None
    compiled = compile_message(Message.of(digest, digest.approved_version))
    to = Recipient(tie.subscriber_id, tie.subscriber.public_id, tie.subscriber.address)
    raw = BytesParser().parsebytes(compiled.personalised(to))
    plain = compiled.message.personalised(to).message()
    assert _joined(raw["List-Unsubscribe"]) == _joined(str(plain["List-Unsubscribe"]))
    return _joined(raw["List-Unsubscribe"])


def _joined(header: str) -> str:
    return "".join(header.split())


def mail(subject: str, body: str = "") -> EmailMessage:
    message = EmailMessage()
    message["From"] = "anybody@example.com"
    message["To"] = "leave@example.org"
    message["Subject"] = subject
    message.set_content(body or "Sent by my mail program.")
    return message


def subject_of(press: Press, tie: Subscription) -> str:
    link, mailto = header_of(press, tie).split(",")
    assert link.startswith("<http")
    parts = urlsplit(mailto.strip("<>"))
    assert (parts.scheme, parts.path) == ("mailto", "leave@example.org")
    return unquote(parts.query.removeprefix("subject="))


def pipe(monkeypatch: pytest.MonkeyPatch, raw: bytes) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(raw)))
    call_command("read_unsubscribes", "-")


def state(tie: Subscription) -> str:
    return str(Subscription.objects.get(pk=tie.pk).state)


def test_the_mail_that_the_header_asks_for_makes_its_reader_leave_once(
    press: Press, tie: Subscription, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    raw = mail(subject_of(press, tie)).as_bytes()
    for told in ("1 left, 0 had left before", "0 left, 1 had left before"):
        pipe(monkeypatch, raw)
        assert told in capsys.readouterr().out
    assert state(tie) == SubscriptionState.LEFT
    assert Consent.objects.get().form == "unsubscribe mail"


def test_without_an_address_the_header_has_the_link_alone(
    press: Press, tie: Subscription, settings: Settings
) -> None:
    settings.UNSUBSCRIBE_ADDRESS = ""
    assert "mailto" not in header_of(press, tie)


@pytest.mark.parametrize("folder", ["maildir", "mbox"])
def test_a_folder_is_read_once(
    press: Press, tie: Subscription, tmp_path: Path, folder: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / folder
    box: mailbox.Mailbox[mailbox.Message] = (
        mailbox.Maildir(path) if folder == "maildir" else mailbox.mbox(path)
    )
    box.add(mail("Hello"))
    box.add(mail(subject_of(press, tie)))
    box.close()
    call_command("read_unsubscribes", str(path), "--remove")
    call_command("read_unsubscribes", str(path), "--remove")
    told = capsys.readouterr().out.splitlines()
    assert told[0] == "1 left, 0 had left before, 1 that do not ask to leave"
    assert told[1] == "0 left, 0 had left before, 0 that do not ask to leave"


@pytest.mark.parametrize(
    "around",
    [
        "Re: {}",
        "RE: AW: Fwd: {}",
        "[EXTERNAL] {}",
        "[EXT] Re: {}",
        "*** SPAM *** {}",
        "{{Spam?}} {}",
        "{} [SEC=UNCLASSIFIED]",
        "Antw: {}",
        "回复：{}",
        "Réf : {}",
        "  {}  ",
        "re[2]: {}",
        "Please {}!",
    ],
)
def test_what_programs_put_around_the_subject_changes_nothing(
    press: Press, tie: Subscription, monkeypatch: pytest.MonkeyPatch, around: str
) -> None:
    pipe(monkeypatch, mail(around.format(subject_of(press, tie))).as_bytes())
    assert state(tie) == SubscriptionState.LEFT


@pytest.mark.parametrize(
    "form",
    [
        "Subject: {word}_{token}",
        "Subject: {word}+{token}",
        "Subject: {upper} {token}",
        "Subject: {word}\r\n {token}",
        "Subject: =?utf-8?q?{word}_{half}?=\r\n =?utf-8?q?{rest}?=",
        "Subject: =?us-ascii?Q?=5BEXTERN=5D_{word}_{q_token}?=",
        "From x Mon Nov 30 08:00:00 2026\r\nSubject: {word} {token}",
        "subject: Oddly =?klingon?q?encoded?= {word} {token}",
        "X: y\r\nSubject: {word} {wrong} {word} {token}",
    ],
)
def test_the_subject_may_be_written_in_any_way(
    press: Press, tie: Subscription, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    word, _blank, token = subject_of(press, tie).partition(" ")
    half, rest = (part.replace("_", "=5F") for part in (token[:20], token[20:]))
    raw = form.format(
        word=word, upper=word.upper(), token=token, wrong="x" * 58, half=half, rest=rest,
        q_token=half + rest,
    )  # fmt: skip
    pipe(monkeypatch, raw.encode() + b"\r\n\r\nSent by my mail program.\r\n")
    assert state(tie) == SubscriptionState.LEFT


def test_what_quotes_the_link_makes_nobody_leave(
    press: Press, tie: Subscription, monkeypatch: pytest.MonkeyPatch
) -> None:
    subject = subject_of(press, tie)
    quoting = mail("Fwd: What happened in the night", f"List-Unsubscribe: {subject}\n{subject}")
    forged = subject[:-3] + ("AAA" if not subject.endswith("AAA") else "BBB")
    hostile = [
        quoting.as_bytes(),
        mail(forged).as_bytes(),
        mail(f"{subject}x").as_bytes(),
        mail(f"s{subject}").as_bytes(),
        mail(subject.partition(" ")[2]).as_bytes(),
        b"",
        b"\x00\xff" * 1000,
        b"Subject: =?utf-8?b?!!!?=\r\n\r\n",
        b"Subject: =?nonsense?q?leave?= " + b"x" * 5000,
        b"\r\nSubject: " + subject.encode(),
    ]
    for raw in hostile:
        pipe(monkeypatch, raw)
    assert state(tie) == SubscriptionState.ACTIVE


@pytest.mark.parametrize(
    "shape",
    [
        b"Subject: " + b"leave " * 40_000,
        b"Subject: " + b"=?utf-8?q?leave?= " * 15_000,
        b"Subject: " + b"\r\n\t" * 80_000,
        b"a:\r\n" * 60_000,
        b"Subject: x\r\n" * 20_000,
        b"Subject: leave" + b"_" * 250_000,
        b"\r\n" * 120_000,
    ],
)
def test_no_shape_of_a_mail_keeps_the_command_busy(db: None, shape: bytes) -> None:
    begun = time.process_time()
    with pytest.raises(leave_mails.NoLeaveMail):
        leave_mails.take(shape, now=database_now())
    assert time.process_time() - begun < 0.5


def test_a_folder_that_is_none_is_one_clear_line(db: None, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="neither a Maildir nor an mbox"):
        call_command("read_unsubscribes", str(tmp_path / "nothing"))
