"""A mail server's own log, as the audit reads it.

One JSON object a line, written before the server answers (here on two lines):

    {"at": 1700000000.25, "recipient": "reader@example.org", "message_id": "<…@…>",
     "leave": "https://…", "reply": "250 Ok"}

`at` in Unix seconds; `recipient` of the envelope; `message_id` and `leave` (the https address of List-Unsubscribe) out
of the message's headers; `reply` to the final dot. Lines with another reply than 2xx took nothing and are passed over.
More keys may follow. A last line without its end was cut off by a kill, before anything was answered, and is passed
over too.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import IO
from urllib.parse import urlsplit

from django.db.backends.utils import CursorWrapper

from subscriptions import links

LONGEST_LINE = 20_000

TABLE = """
CREATE TEMPORARY TABLE audit_log
       (at double precision, recipient text, message_id text, leaves text, reader bigint) ON COMMIT DROP
"""
# As messages.message_id makes it: 32 hexadecimal digits of the SHA-256 over both public ids.
FIND_READERS = """
UPDATE audit_log l SET reader = r.id
  FROM (SELECT s.id, left(encode(sha256(convert_to(d.public_id || ' ' || s.public_id, 'UTF8')), 'hex'), 32) AS name
          FROM (SELECT id, public_id FROM subscriptions_subscriber
                 UNION ALL SELECT former_pk, public_id FROM subscriptions_formerid WHERE former_pk IS NOT NULL) s
         CROSS JOIN digests_digest d WHERE d.id = %s) r
 WHERE substr(split_part(l.message_id, '@', 1), 2) = r.name
"""


class BadLog(ValueError):
    """A line is not as it should be; the text says which, and how."""


def load(cursor: CursorWrapper, path: Path, digest_id: int) -> tuple[int, int]:
    """Into the temporary table audit_log; `reader` is NULL for other mails.

    Returns how many messages were taken, and how many of them are of this digest. Raises BadLog, OSError.
    """
    cursor.execute(TABLE)
    taken = 0
    with (
        path.open("rb") as file,
        cursor.copy("COPY audit_log (at, recipient, message_id, leaves) FROM STDIN") as copy,
    ):
        for row in _rows(file):
            copy.write_row(row)
            taken += 1
    cursor.execute("ANALYZE audit_log")
    cursor.execute(FIND_READERS, [digest_id])
    return taken, cursor.rowcount


def _rows(file: IO[bytes]) -> Iterator[tuple[float, str, str, str]]:
    number = 0
    while line := file.readline(LONGEST_LINE):
        number += 1
        if not line.endswith(b"\n"):
            if len(line) == LONGEST_LINE:
                raise BadLog(f"Line {number} is longer than {LONGEST_LINE} bytes.")
            return
        row = _row(line, number)
        if row is not None:
            yield row


def _row(line: bytes, number: int) -> tuple[float, str, str, str] | None:
    try:
        said = json.loads(line)
        if not str(said["reply"]).startswith("2"):
            return None
        row = (
            float(said["at"]),
            _plain(said["recipient"]),
            _plain(said["message_id"]),
            _leaves(_plain(said.get("leave", ""))),
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadLog(f"Line {number} is not as audit_log.py describes: {error!r}") from error
    return row


def _plain(value: object) -> str:
    """PostgreSQL refuses NUL."""
    return str(value).replace("\0", "")


def _leaves(url: str) -> str:
    """The public id of the reader who would leave; the whole link if it is none of ours."""
    if not url:
        return ""
    try:
        return links.read_leave(urlsplit(url).path.rstrip("/").rpartition("/")[2]).subscriber
    except links.BadLink:
        return url
