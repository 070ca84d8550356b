"""Looking up one reader: what it costs does not grow with how many others there are."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from digests import ledger
from digests.choices import Outcome
from digests.models import Batch, Digest
from subscriptions.clock import database_now
from tests.builders import Press

DIGESTS, BATCHES, SIZE = 40, 60, 10
READER = 305
FILL = """
INSERT INTO digests_batch (digest_id, kind, attempt, variant, is_sample, priority, ordinal, opens_at, due_at,
       expires_at, first_id, last_id, recipient_ids, outcomes, next, token, waits_for)
SELECT %(digest)s, 'first', 0, 0, false, 0, n, now(), now(), now(), n * %(size)s + 1, (n + 1) * %(size)s,
       ARRAY(SELECT generate_series(n * %(size)s + 1, (n + 1) * %(size)s)),
       decode(repeat('01', %(size)s), 'hex'), %(size)s, 0, ''
  FROM generate_series(0, %(batches)s - 1) n
"""


@pytest.fixture
def digests(press: Press) -> list[Digest]:
    """Newest last; of each, every batch holds ten readers in a row."""
    newsletter = press.newsletter()
    made = []
    for number in range(DIGESTS):
        digest = press.digest(
            newsletter, due_at=database_now() - timedelta(days=DIGESTS - number), slot=f"s{number}"
        )
        with connection.cursor() as cursor:
            cursor.execute(FILL, {"digest": digest.pk, "size": SIZE, "batches": BATCHES})
        made.append(digest)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE digests_batch")
    return made


def test_a_readers_history_is_what_each_digest_made_of_them_newest_first(
    digests: list[Digest],
) -> None:
    history = ledger.history_of(READER, limit=1000)
    assert [delivery.digest_id for delivery in history] == [it.pk for it in reversed(digests)]
    assert {delivery.outcome for delivery in history} == {Outcome(1)}
    assert ledger.history_of(READER, limit=3) == history[:3]
    assert ledger.history_of(BATCHES * SIZE + 1) == []
    assert ledger.delivery_of(digests[5].pk, READER) == history[-6]


def test_who_moved_to_another_batch_is_there_once(digests: list[Digest]) -> None:
    batch = Batch.objects.get(digest=digests[-1], first_id__lte=READER, last_id__gte=READER)
    with connection.cursor() as cursor:
        ledger.write(cursor, batch.pk, {batch.recipient_ids.index(READER): Outcome.MOVED})
    Batch.objects.create(
        digest=digests[-1], kind="retry", ordinal=BATCHES, opens_at=database_now(), due_at=database_now(),
        expires_at=database_now(), first_id=1, last_id=READER, recipient_ids=[1, READER], outcomes=b"\0\0",
    )  # fmt: skip
    newest = ledger.history_of(READER)[0]
    assert (newest.digest_id, newest.outcome) == (digests[-1].pk, Outcome.PENDING)
    assert len(ledger.history_of(READER)) == DIGESTS


def test_a_history_reads_the_readers_own_batches_alone(digests: list[Digest]) -> None:
    read = rows_read(ledger.HISTORY, limit=1000)
    assert DIGESTS <= read["opened"] <= 2 * DIGESTS
    assert read["looked_at"] <= 2 * DIGESTS  # of 2,400


def test_a_short_history_opens_only_as_many_batches_as_it_tells_of(digests: list[Digest]) -> None:
    assert rows_read(ledger.HISTORY, limit=5)["opened"] <= 10


def rows_read(sql: str, *, limit: int) -> dict[str, float]:
    """Return how many rows of digests_batch were looked at for their ranges, and opened for what they hold."""
    with connection.cursor() as cursor:
        values = {"subscriber": READER, "moved": Outcome.MOVED, "limit": limit}
        cursor.execute(f"EXPLAIN (ANALYZE, TIMING off, FORMAT JSON) {sql}", values)
        plan = cursor.fetchone()[0][0]["Plan"]
    read = {"looked_at": 0.0, "opened": 0.0}
    for step in steps(plan):
        if step.get("Relation Name") == "digests_batch":
            is_look = step["Alias"] != "b"
            rows = step["Actual Rows"] + step.get("Rows Removed by Filter", 0)
            read["looked_at" if is_look else "opened"] += rows * step["Actual Loops"]
    return read


def steps(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for below in plan.get("Plans", ()):
        yield from steps(below)
