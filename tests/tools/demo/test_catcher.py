"""The catcher as a process of its own, spoken to in SMTP."""

import signal
import smtplib
import subprocess
import sys
import time
from collections.abc import Iterator
from email.policy import SMTP
from pathlib import Path

import pytest

from tests.tools.demo.letters import compose
from tools.demo.catcher import MAX_RECIPIENTS, Catcher
from tools.demo.maildir import messages

pytestmark = pytest.mark.service

SENDER = "bounce@courier.example"
COMMAND = [sys.executable, "-m", "tools.demo.catcher", "--port", "0", "--maildir"]


@pytest.fixture(scope="module")
def catcher(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Catcher]:
    with Catcher(tmp_path_factory.mktemp("catcher") / "mail") as running:
        yield running


@pytest.fixture
def client(catcher: Catcher) -> Iterator[smtplib.SMTP]:
    with smtplib.SMTP("127.0.0.1", catcher.port, timeout=10) as connected:
        yield connected


def ends(pid: int, within: float = 5.0) -> bool:
    """Whether a process that is not our child ends (a zombie has ended)."""
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except FileNotFoundError:
            return True
        if state == "Z":
            return True
        time.sleep(0.05)
    return False


def test_a_letter_is_kept_before_it_is_accepted(catcher: Catcher, client: smtplib.SMTP) -> None:
    client.sendmail(SENDER, ["kept@example.org"], compose("Kept").as_bytes(policy=SMTP))
    assert "Kept" in [one.subject for one in messages(catcher.maildir)]


def test_it_offers_what_a_modern_server_offers(client: smtplib.SMTP) -> None:
    client.ehlo()
    assert {"size", "8bitmime", "smtputf8"} <= set(client.esmtp_features)


def test_an_address_in_any_script_is_kept(catcher: Catcher, client: smtplib.SMTP) -> None:
    letter = "Subject: Dzień dobry\r\n\r\nżółw\r\n".encode()
    client.sendmail(
        SENDER, ["żółw@example.org"], letter, mail_options=["SMTPUTF8", "BODY=8BITMIME"]
    )
    caught = next(one for one in messages(catcher.maildir) if one.to == "żółw@example.org")
    assert (caught.subject, caught.text) == ("Dzień dobry", "żółw\n")


def test_lines_that_begin_with_a_dot_arrive_as_they_were(
    catcher: Catcher, client: smtplib.SMTP
) -> None:
    client.sendmail(SENDER, ["dots@example.org"], b"Subject: dots\r\n\r\n.\r\n..two\r\nend\r\n")
    caught = next(one for one in messages(catcher.maildir) if one.subject == "dots")
    assert caught.source.endswith(b"\r\n\r\n.\r\n..two\r\nend\r\n")


def test_a_letter_larger_than_the_limit_is_refused_at_once(client: smtplib.SMTP) -> None:
    client.ehlo()
    code, _ = client.mail(SENDER, ["SIZE=90000000"])
    assert code == 552


def test_the_recipients_of_one_letter_are_limited(client: smtplib.SMTP) -> None:
    client.ehlo()
    client.mail(SENDER)
    codes = [client.rcpt(f"r{number}@example.org")[0] for number in range(MAX_RECIPIENTS + 1)]
    assert codes == [250] * MAX_RECIPIENTS + [452]


def test_a_letter_without_a_place_is_not_accepted(tmp_path: Path) -> None:
    with (
        Catcher(tmp_path / "mail") as running,
        smtplib.SMTP("127.0.0.1", running.port, timeout=10) as client,
    ):
        (tmp_path / "mail" / "tmp").rmdir()
        with pytest.raises(smtplib.SMTPDataError) as refusal:
            client.sendmail(SENDER, ["lost@example.org"], b"Subject: x\r\n\r\n")
        assert refusal.value.smtp_code == 452
        assert messages(tmp_path / "mail") == []


def test_leaving_the_context_ends_the_process(tmp_path: Path) -> None:
    with Catcher(tmp_path) as running:
        assert running.is_running()
    assert not running.is_running()


def test_a_port_that_is_taken_is_said_in_one_line(catcher: Catcher, tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match=r"did not start: catcher: .*address already in use"):
        Catcher(tmp_path, port=catcher.port).__enter__()


def test_it_ends_on_term_with_a_clean_status(tmp_path: Path) -> None:
    with subprocess.Popen([*COMMAND, tmp_path], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("ready ")
        process.send_signal(signal.SIGTERM)
        assert process.wait(5) == 0


def test_it_ends_when_its_standard_input_closes(tmp_path: Path) -> None:
    with subprocess.Popen(
        [*COMMAND, tmp_path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        process.stdout.readline()
        process.stdin.close()
        assert process.wait(5) == 0


def test_a_killed_parent_leaves_no_orphan(tmp_path: Path) -> None:
    parent = (
        "import subprocess, sys, time\n"
        f"child = subprocess.Popen({[*COMMAND, str(tmp_path)]!r}, stdin=subprocess.DEVNULL,"
        " stdout=subprocess.PIPE, text=True)\n"
        "child.stdout.readline()\n"
        "print(child.pid, flush=True)\n"
        "time.sleep(60)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", parent], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        child = int(process.stdout.readline())
        process.kill()
        process.wait()
    assert ends(child)
