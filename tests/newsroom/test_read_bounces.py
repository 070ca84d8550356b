"""From a folder or a pipe into the account, without losing or repeating a mail."""

import io
import mailbox
import sys
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from pytest_django import Settings

from digests import ledger
from digests.choices import EventKind, Outcome
from digests.delivery.return_paths import return_path
from digests.messages.message import message_id
from digests.models import Event
from digests.tracking import processing
from subscriptions import links
from subscriptions.choices import SuppressionReason
from subscriptions.clock import database_now
from subscriptions.evidence import Evidence
from subscriptions.mailing.suppression import is_suppressed
from subscriptions.models import Suppression
from subscriptions.readers.uniting import unite
from tests.digests.tracking.conftest import Sent, keys, sent
from tests.digests.tracking.test_bounce_mail import complaint, failed, plain, report

__all__ = ["keys", "sent"]  # fixtures


@pytest.fixture(autouse=True)
def _bounce_address(settings: Settings) -> None:
    settings.BOUNCE_ADDRESS = "bounces@mail.example.org"


def path_of(sent: Sent, number: int = 0) -> str:
    return return_path(sent.digest.public_id, sent.readers[number].public_id)


def pipe(monkeypatch: pytest.MonkeyPatch, raw: bytes, *options: str) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(raw)))
    call_command("read_bounces", "-", *options)


def process() -> None:
    processing.process(now=database_now())


def test_a_piped_bounce_ends_the_address(
    sent: Sent, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    raw = report(failed(), to="bounces@mail.example.org").as_bytes()
    pipe(monkeypatch, raw, "--recipient", path_of(sent))
    pipe(monkeypatch, raw, "--recipient", path_of(sent))
    told = capsys.readouterr().out.splitlines()
    assert told[0].startswith("1 new, 0 known")
    assert told[1].startswith("0 new, 1 known")
    process()
    found = ledger.delivery_of(sent.digest.pk, sent.reader.pk)
    assert found is not None
    assert found.outcome is Outcome.FAILED
    assert is_suppressed(sent.reader.address)
    assert not is_suppressed(sent.readers[1].address)


def test_the_servers_variables_name_the_recipient(
    sent: Sent, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ORIGINAL_RECIPIENT", path_of(sent))
    pipe(monkeypatch, report(failed(), to="bounces@mail.example.org").as_bytes())
    assert Event.objects.get().kind == EventKind.BOUNCED


def test_a_forged_report_suppresses_nobody(sent: Sent, monkeypatch: pytest.MonkeyPatch) -> None:
    forged = report(
        failed(Final_Recipient=f"rfc822; {sent.reader.address}"), to="bounces@x.example"
    )
    pipe(monkeypatch, forged.as_bytes())
    process()
    assert not Event.objects.exists()
    assert not is_suppressed(sent.reader.address)


def test_a_complaint_under_a_leave_link_ends_the_address(
    sent: Sent, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = links.sign(links.Scope.LEAVE, sent.reader.public_id, sent.digest.newsletter.public_id)
    mail = complaint(leave=token).as_bytes()
    pipe(monkeypatch, mail)
    process()
    assert not is_suppressed(sent.reader.address)  # the quoted mail is none that we sent
    name = message_id(sent.digest.public_id, sent.reader.public_id).encode()
    mail = mail.replace(b"<original@news.example.org>", name).replace(b"<arf.1@", b"<arf.2@")
    pipe(monkeypatch, mail)
    process()
    assert Suppression.objects.get().reason == SuppressionReason.COMPLAINT


def test_a_complaint_under_a_former_address_is_taken_from_the_reader_who_took_it_in(
    sent: Sent, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, known = sent.readers[:2]
    token = links.sign(links.Scope.LEAVE, old.public_id, sent.digest.newsletter.public_id)
    unite(old, into=known, evidence=Evidence("test"), now=database_now())
    mail = complaint(leave=token).as_bytes()
    pipe(monkeypatch, mail)
    process()
    assert not is_suppressed(known.address)
    name = message_id(sent.digest.public_id, token_owner(token)).encode()
    mail = mail.replace(b"<original@news.example.org>", name).replace(b"<arf.1@", b"<arf.2@")
    pipe(monkeypatch, mail)
    process()
    assert Suppression.objects.get().address == known.address


def token_owner(token: str) -> str:
    return links.read_leave(token).subscriber


def test_a_maildir_is_read_once(
    sent: Sent, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = mailbox.Maildir(tmp_path / "bounces")
    folder.add(report(failed(), to=path_of(sent)))
    folder.add(plain("Please write more about the harbour."))
    call_command("read_bounces", str(tmp_path / "bounces"))
    call_command("read_bounces", str(tmp_path / "bounces"))
    told = capsys.readouterr().out.splitlines()
    assert told[0].startswith("1 new, 0 known already, 1 that say nothing")
    assert told[1].startswith("0 new, 0 known already, 0 that say nothing")
    assert len(list((tmp_path / "bounces" / "cur").iterdir())) == 2
    call_command("read_bounces", str(tmp_path / "bounces"), "--remove")
    assert Event.objects.count() == 1


def test_an_mbox_can_be_emptied(sent: Sent, tmp_path: Path) -> None:
    path = tmp_path / "bounces.mbox"
    box = mailbox.mbox(path)
    for number in range(3):
        mail = report(failed(), to=path_of(sent, number))
        box.add(mail)
    box.close()
    call_command("read_bounces", str(path))
    call_command("read_bounces", str(path), "--remove")
    assert Event.objects.count() == 3
    assert path.read_bytes() == b""


@pytest.mark.parametrize("name", ["nothing", "."])
def test_what_is_no_mailbox_is_said_in_a_line(db: None, tmp_path: Path, name: str) -> None:
    with pytest.raises(CommandError, match="neither a Maildir nor an mbox"):
        call_command("read_bounces", str(tmp_path / name))


@pytest.mark.django_db(transaction=True)
def test_without_the_database_the_mail_server_keeps_the_mail(
    monkeypatch: pytest.MonkeyPatch, sent: Sent
) -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE digests_event RENAME TO digests_event_away")
    try:
        with pytest.raises(CommandError) as caught:
            pipe(monkeypatch, report(failed(), to=path_of(sent)).as_bytes())
        assert caught.value.returncode == 75
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE digests_event_away RENAME TO digests_event")
