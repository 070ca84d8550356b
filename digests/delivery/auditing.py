"""Recounts a digest from its batches and checks what must hold of every reader (reliability: A1 to A10).

One snapshot, set-based: a million readers are counted where they are stored, and none of them comes here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from django.db.models import QuerySet, Sum

from digests import ledger
from digests.choices import Outcome
from digests.delivery import audit_log, audit_rules
from digests.models import Digest, Question

# Between a statement's clock and its commit: who left a moment before a slice was opened may still be in it.
GRACE_SECONDS = 10


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the audit. If `wanted` is None, the number is only told."""

    text: str
    count: int
    wanted: int | None = None
    example: str = ""  # of what is wrong

    @property
    def is_breach(self) -> bool:
        return self.wanted is not None and self.count != self.wanted


@dataclass(frozen=True, slots=True)
class Audit:
    digest: str
    figures: tuple[Figure, ...]

    @property
    def is_clean(self) -> bool:
        return not any(figure.is_breach for figure in self.figures)


def audit(digest_id: int, *, log: Path | None = None) -> Audit:
    """Audit one digest. Raises Digest.DoesNotExist, audit_log.BadLog, OSError."""
    with transaction.atomic(), connection.cursor() as cursor:
        if not connection.savepoint_ids:  # a test's transaction has begun before
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        digest = Digest.objects.select_related("newsletter").get(pk=digest_id)
        values = _values(digest)
        for table, query in audit_rules.TABLES.items():
            cursor.execute(query, values)
            cursor.execute(f"ANALYZE {table}")
        figures = [*_counts(cursor, digest), *_checked(cursor, audit_rules.ALWAYS, values)]
        if digest.state in {"sent", "cancelled"}:
            figures += _checked(cursor, audit_rules.AT_THE_END, values)
        if log is not None:
            taken, ours = audit_log.load(cursor, log, digest.pk)
            figures.append(Figure("messages of this digest in the log", ours))
            figures.append(Figure("other messages in the log", taken - ours))
            figures += _checked(cursor, audit_rules.WITH_LOG, values)
            cursor.execute("DROP TABLE audit_log")
        cursor.execute("DROP TABLE " + ", ".join(audit_rules.TABLES))
    return Audit(f"{digest} (id {digest.pk}, {digest.get_state_display().lower()})", tuple(figures))


def _values(digest: Digest) -> dict[str, Any]:
    values: dict[str, Any] = {
        "digest": digest.pk,
        "newsletter": digest.newsletter_id,
        "grace": GRACE_SECONDS,
    }
    return values | {outcome.name.lower(): int(outcome) for outcome in Outcome}


def _counts(cursor: CursorWrapper, digest: Digest) -> list[Figure]:
    """Audience = sum of states (A1); what the pages count is what is there (A9)."""
    cursor.execute(audit_rules.STATES)
    states = {Outcome(code): int(number) for code, number in cursor.fetchall()}
    cursor.execute("SELECT count(DISTINCT reader) FROM audit_position")
    distinct = int(cursor.fetchone()[0])
    told = ledger.counts(digest.pk)
    moved = states.pop(Outcome.MOVED, 0)
    figures = [Figure("readers chosen when it was frozen", digest.audience_size or 0)]
    figures += [
        Figure(f"  {outcome.name.lower()}", states.get(outcome, 0), told.get(outcome, 0))
        for outcome in Outcome
        if outcome is not Outcome.MOVED and (outcome in states or outcome in told)
    ]
    return [
        *figures,
        Figure("readers with a state", sum(states.values()), digest.audience_size or 0),
        Figure("different readers in the batches", distinct, digest.audience_size or 0),
        Figure("positions left for a later batch", moved),
        *_asked(digest),
    ]


def _asked(digest: Digest) -> list[Figure]:
    """What services were asked about readers in doubt, or called again for: told only where there was something."""
    asked = Question.objects.filter(batch__digest=digest)
    if not asked.exists():
        return []
    sums = asked.aggregate(Sum("known"), Sum("unknown"))
    return [
        *_settled(digest, asked),
        Figure("readers in doubt whom a service knew when it was asked", sums["known__sum"]),
        Figure("readers in doubt whom it did not know", sums["unknown__sum"]),
        Figure("questions that wait for an answer", asked.filter(settled_at=None).count()),
    ]


def _settled(digest: Digest, asked: QuerySet[Question]) -> list[Figure]:
    """What became of those in doubt, recounted from the ledger: all of them stand somewhere."""
    with connection.cursor() as cursor:
        cursor.execute(audit_rules.SETTLED, [digest.pk])
        told = {Outcome(code): int(number) for code, number in cursor.fetchall()}
    doubted = sum(len(positions) for positions in asked.values_list("positions", flat=True))
    words = {Outcome.MOVED: "sent to again", Outcome.UNCERTAIN: "still in doubt"}
    return [
        Figure("readers in doubt at services that settle doubts", sum(told.values()), doubted),
        *(
            Figure(f"  {words.get(outcome, outcome.name.lower())}", number)
            for outcome, number in sorted(told.items())
        ),
    ]


def _checked(
    cursor: CursorWrapper, rules: Mapping[str, str], values: dict[str, Any]
) -> list[Figure]:
    figures = []
    for text, query in rules.items():
        cursor.execute(f"SELECT count(*), min(what) FROM ({query}) broken", values)  # noqa: S608 - our own queries
        count, example = cursor.fetchone()
        figures.append(Figure(text, int(count), 0, "" if example is None else str(example)))
    return figures
