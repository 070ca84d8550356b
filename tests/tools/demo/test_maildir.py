"""The Maildir that the demo's mail lies in."""

import stat
from pathlib import Path
from threading import Timer

import pytest

from tests.tools.demo.letters import compose, deliver
from tools.demo import maildir


def test_each_recipient_has_a_copy_that_names_them(tmp_path: Path) -> None:
    deliver(tmp_path, compose(to="everyone@example.org"), "ada@example.org", "bob@example.org")
    caught = maildir.messages(tmp_path)
    assert {one.to for one in caught} == {"ada@example.org", "bob@example.org"}
    assert {one.header("X-Original-To") for one in caught} == {one.to for one in caught}
    assert {one.header("Return-Path") for one in caught} == {"<bounce@courier.example>"}
    assert not list((tmp_path / "tmp").iterdir())


def test_the_letter_is_kept_byte_for_byte_below_its_envelope(tmp_path: Path) -> None:
    letter = compose().as_bytes()
    deliver(tmp_path, letter)
    assert maildir.messages(tmp_path)[0].source.endswith(letter)


def test_the_newest_comes_first_and_the_number_is_bounded(tmp_path: Path) -> None:
    for number in range(12):
        deliver(tmp_path, compose(f"Letter {number}"))
    assert [one.subject for one in maildir.messages(tmp_path, limit=3)] == [
        "Letter 11",
        "Letter 10",
        "Letter 9",
    ]


def test_letters_are_for_their_owner_alone(tmp_path: Path) -> None:
    folder = tmp_path / "mail"
    maildir.open_maildir(folder)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_folder_that_is_not_there_is_an_empty_mailbox(tmp_path: Path) -> None:
    assert maildir.messages(tmp_path / "none") == []


@pytest.mark.parametrize(
    "key", ["", ".", "..", "../secret", "new/../../secret", ".hidden", "a\0b", "é" * 200]
)
def test_a_key_never_leads_out_of_the_folder(tmp_path: Path, key: str) -> None:
    folder = tmp_path / "mail"
    deliver(folder, compose())
    (tmp_path / "secret").write_text("From: nobody\n\n")
    (folder / "new" / ".hidden").write_text("From: nobody\n\n")
    assert maildir.read(folder, key) is None


def test_letters_that_a_mail_program_has_seen_are_still_shown(tmp_path: Path) -> None:
    key = deliver(tmp_path, compose())
    (tmp_path / "new" / key).rename(tmp_path / "cur" / f"{key}:2,S")
    assert [one.key for one in maildir.messages(tmp_path)] == [f"{key}:2,S"]


def test_the_recipient_is_read_from_the_envelope_not_from_to(tmp_path: Path) -> None:
    key = deliver(tmp_path, compose(to="list@example.org"), "żółw@example.org")
    path = maildir.path_of(tmp_path, key)
    assert path is not None
    assert maildir.recipient_of(path) == "żółw@example.org"


def test_waiting_ends_with_the_letter_that_was_waited_for(tmp_path: Path) -> None:
    deliver(tmp_path, compose("Another"))
    late = Timer(0.3, deliver, (tmp_path, compose("This one")))
    late.start()
    caught = maildir.wait_for(tmp_path, lambda one: one.subject == "This one", 10)
    late.join()
    assert caught.subject == "This one"


def test_waiting_in_vain_ends_with_a_clear_error(tmp_path: Path) -> None:
    deliver(tmp_path, compose())
    with pytest.raises(TimeoutError, match="None of 1 letters"):
        maildir.wait_for(tmp_path, lambda one: one.subject == "Never", 0.2)
