"""Why a reader's delivery went as it did: rows, because they are few."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.backends.utils import CursorWrapper

from digests.choices import Outcome

TEXT_LENGTH = 300
CODE_LENGTH = 12


@dataclass(frozen=True, slots=True)
class Finding:
    subscriber_id: int
    outcome: Outcome
    code: str = ""  # of the reply, if there was one: "550 5.1.1"
    text: str = ""


def record(cursor: CursorWrapper, digest_id: int, findings: Sequence[Finding]) -> None:
    """Write down the reasons of outcomes; call it inside the transaction that writes the outcomes."""
    if not findings:
        return
    cursor.executemany(
        """
        INSERT INTO digests_reason (digest_id, subscriber_id, outcome, code, text, at)
        VALUES (%s, %s, %s, %s, %s, clock_timestamp())
        """,
        [
            (
                digest_id,
                finding.subscriber_id,
                finding.outcome,
                finding.code[:CODE_LENGTH],
                plain(finding.text),
            )
            for finding in findings
        ],
    )


def plain(text: str) -> str:
    """A server's words are hostile input: PostgreSQL refuses NUL, and a log line must stay one line."""
    return "".join(c if c.isprintable() else " " for c in text)[:TEXT_LENGTH]
