"""What the catcher caught: letters put safely into a Maildir and read back.

A Maildir holds each letter in a file of its own: written to tmp/, renamed into new/ when whole. Each
file begins with the envelope (Return-Path, Delivered-To, X-Original-To), because the reader a letter
went to need not be the one its To header names.
"""

import os
import time
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from itertools import count
from pathlib import Path

from tools.demo.caught import Caught, parse_caught

FOLDERS = ("tmp", "new", "cur")
MAX_MESSAGES = 1000
LONGEST_NAME = 255  # of a file, in bytes
HEAD_BYTES = 2000  # the envelope headers stand first and an address has at most 320 bytes
POLL_SECONDS = 0.1
KNOWN_RECIPIENTS = 50_000

_serial = count(1)


def open_maildir(folder: Path) -> None:
    """Make the folder if it is not there. Its letters are for its owner alone."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name in FOLDERS:
        (folder / name).mkdir(mode=0o700, exist_ok=True)


def store(folder: Path, content: bytes, *, sender: str, recipients: Sequence[str]) -> None:
    """Keep one copy for each recipient, all on disk when this returns. Raises OSError."""
    written = [_write(folder, content, sender, recipient) for recipient in recipients]
    for path in written:
        path.rename(folder / "new" / path.name)
    directory = os.open(folder / "new", os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


def _write(folder: Path, content: bytes, sender: str, recipient: str) -> Path:
    seconds, nanoseconds = divmod(time.time_ns(), 1_000_000_000)
    name = f"{seconds}.M{nanoseconds // 1000:06}P{os.getpid()}Q{next(_serial):08}.catcher"
    path = folder / "tmp" / name
    envelope = (
        f"Return-Path: <{sender}>\r\nDelivered-To: {recipient}\r\nX-Original-To: {recipient}\r\n"
    )
    with path.open("xb") as file:
        file.write(envelope.encode("utf-8", "replace") + content)
        file.flush()
        os.fsync(file.fileno())
    return path


def keys(folder: Path) -> list[str]:
    """The names of all letters, newest first. Empty when there is no such folder."""
    names: set[str] = set()
    for name in ("new", "cur"):
        try:
            names.update(entry.name for entry in os.scandir(folder / name) if entry.is_file())
        except FileNotFoundError:
            continue
    return sorted((name for name in names if not name.startswith(".")), key=_arrival, reverse=True)


def _arrival(key: str) -> tuple[int, str]:
    seconds = key.partition(".")[0]
    return (int(seconds) if seconds.isdigit() else 0, key)


def path_of(folder: Path, key: str) -> Path | None:
    """The file of a letter; None for a key that names none, or something outside the folder."""
    is_name = key and not key.startswith(".") and "/" not in key and "\0" not in key
    if not is_name or len(key.encode("utf-8", "replace")) > LONGEST_NAME:
        return None
    for name in ("new", "cur"):
        path = folder / name / key
        if path.is_file():
            return path
    return None


def recipient_of(path: Path) -> str:
    """The envelope's recipient, without reading the whole letter."""
    return _recipient(str(path))


@lru_cache(maxsize=KNOWN_RECIPIENTS)
def _recipient(path: str) -> str:
    with Path(path).open("rb") as file:
        head = file.read(HEAD_BYTES)
    for line in head.splitlines():
        name, _, value = line.partition(b":")
        if name.lower() == b"delivered-to":
            return value.strip().decode("utf-8", "replace")
    return ""


def read(folder: Path, key: str) -> Caught | None:
    path = path_of(folder, key)
    return parse_caught(path.read_bytes(), key, path.stat().st_mtime) if path else None


def messages(folder: Path, *, limit: int = MAX_MESSAGES) -> list[Caught]:
    """The newest letters, newest first, at most `limit`."""
    return list(_readable(folder, keys(folder)[:limit]))


def wait_for(folder: Path, predicate: Callable[[Caught], bool], timeout: float) -> Caught:
    """The first letter, among those here and those to come, that the predicate is true of.

    Raises TimeoutError after `timeout` seconds.
    """
    deadline = time.monotonic() + timeout
    seen: set[str] = set()
    while True:
        fresh = [key for key in keys(folder) if key not in seen]
        seen.update(fresh)
        for caught in _readable(folder, fresh):
            if predicate(caught):
                return caught
        if time.monotonic() >= deadline:
            raise TimeoutError(f"None of {len(seen)} letters in {folder} fits after {timeout:g} s.")
        time.sleep(POLL_SECONDS)


def _readable(folder: Path, wanted: Sequence[str]) -> Iterator[Caught]:
    """A letter that somebody deletes meanwhile is left out."""
    for key in wanted:
        caught = read(folder, key)
        if caught:
            yield caught
