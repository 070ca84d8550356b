"""Where bounces lie: a Maildir, an mbox file, or one mail on standard input. Never more than its head is read."""

import mailbox
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from digests.tracking.mail_parts import MOST_BYTES

CHUNK_BYTES = 1024 * 1024
SEEN = "S"
Done = Callable[[], None]


class NoMailbox(ValueError):
    """The path is neither a Maildir nor an mbox, or cannot be read."""


def piped(stream: BinaryIO) -> bytes:
    """Read a pipe to its end, because a mail server takes a pipe that closes early for a failure.

    Only the head is kept.
    """
    head = stream.read(MOST_BYTES)
    while stream.read(CHUNK_BYTES):
        pass
    return head


def mails(path: Path, *, remove: bool) -> Iterator[tuple[bytes, Done]]:
    """The head of each mail, and what to call once it has been dealt with. Raises NoMailbox."""
    if (path / "new").is_dir() and (path / "cur").is_dir():
        yield from _maildir(path, remove)
    elif path.is_file():
        yield from _mbox(path, remove)
    else:
        raise NoMailbox(f"{path} is neither a Maildir nor an mbox file.")


def _maildir(path: Path, remove: bool) -> Iterator[tuple[bytes, Done]]:
    """Mails that nobody has marked as seen; afterwards they are, or they are gone."""
    for file in sorted([*(path / "new").iterdir(), *(path / "cur").iterdir()]):
        name, _colon, flags = file.name.partition(":2,")
        if SEEN in flags or not file.is_file():
            continue
        seen = path / "cur" / f"{name}:2,{''.join(sorted({*flags, SEEN}))}"

        def done(file: Path = file, seen: Path = seen) -> None:
            if remove:
                file.unlink()
            else:
                file.rename(seen)

        with file.open("rb") as stream:
            yield stream.read(MOST_BYTES), done


def _mbox(path: Path, remove: bool) -> Iterator[tuple[bytes, Done]]:
    with _locked(path) as box:
        for key in list(box.keys()):
            with box.get_file(key) as stream:
                head = stream.read(MOST_BYTES)

            def done(key: str = key) -> None:
                if remove:
                    box.remove(key)

            yield head, done


@contextmanager
def _locked(path: Path) -> Iterator["mailbox.mbox"]:
    box: mailbox.mbox = mailbox.mbox(path, create=False)
    try:
        box.lock()
    except (mailbox.ExternalClashError, OSError) as error:
        raise NoMailbox(f"{path} is in use, or may not be locked: {error}") from error
    try:
        yield box
        box.flush()
    finally:
        box.close()
