"""At the freeze, readers beyond a provider's allowance of today wait in batches of their own, the least engaged.

They wait for the next allowance (releasing.py) or expire with their digest; each of them is named with the reason.
"""

from datetime import datetime
from typing import Any

from django.db.backends.utils import CursorWrapper

from digests.choices import Outcome
from digests.delivery.warmup import plans
from digests.models import Digest, WarmUpDay
from digests.models.ledger import BATCH_SIZE

# A provider with fewer readers than this in a digest needs no warming up.
FEWEST = 50

# A table first, so that PostgreSQL knows how many there are: it takes an array for ten, and would look up a million
# readers one by one.
SEATS = """
CREATE TEMPORARY TABLE warmup_seat ON COMMIT DROP AS
SELECT variant, is_sample, priority, opens_at, due_at, expires_at, unnest(recipient_ids) AS id
  FROM digests_batch WHERE digest_id = %s AND finished_at IS NULL
"""
# Seeds come first, then the most engaged: by the latest click where newsletter and reader agreed that it is kept, else
# by the latest confirmation.
READERS = """
CREATE TEMPORARY TABLE warmup_reader ON COMMIT DROP AS
WITH reader AS (
    SELECT u.*, s.confirmed_at,
           coalesce(nullif(d.provider, ''), split_part(r.address, '@', 2)) COLLATE "C" AS provider
      FROM warmup_seat u
      JOIN subscriptions_subscriber r ON r.id = u.id
      LEFT JOIN subscriptions_subscription s ON s.subscriber_id = u.id AND s.newsletter_id = %(newsletter)s
      LEFT JOIN digests_maildomain d ON d.domain = split_part(r.address, '@', 2)
), click AS (
    SELECT e.subscriber_id, max(e.occurred_at) AS at
      FROM digests_event e
      JOIN subscriptions_subscriber r ON r.id = e.subscriber_id AND r.tracking = 'reader'
      JOIN digests_digest g ON g.id = e.digest_id
      JOIN subscriptions_newsletter n ON n.id = g.newsletter_id AND n.tracking = 'reader'
     WHERE e.kind = 'clicked' GROUP BY 1
)
SELECT reader.*, row_number() OVER (
           PARTITION BY provider ORDER BY priority, coalesce(click.at, confirmed_at) DESC NULLS LAST, id) AS place
  FROM reader LEFT JOIN click ON click.subscriber_id = reader.id
"""
COUNTS = "SELECT provider, count(*) FROM warmup_reader GROUP BY 1 HAVING count(*) >= %s"
UNMAKE = "DELETE FROM digests_batch WHERE digest_id = %s AND finished_at IS NULL"
REMAKE = """
WITH allowance AS (
    SELECT * FROM unnest(%(providers)s::text[], %(remaining)s::bigint[]) AS a(provider, remaining)
), marked AS (
    SELECT w.*, CASE WHEN w.place > a.remaining THEN w.provider ELSE '' END AS waits_for
      FROM warmup_reader w LEFT JOIN allowance a USING (provider)
), numbered AS (
    SELECT *, (row_number() OVER (
               PARTITION BY variant, is_sample, priority, opens_at, due_at, expires_at, waits_for
               ORDER BY CASE WHEN waits_for <> '' THEN place END, id) - 1) / %(size)s AS n
      FROM marked
), gathered AS (
    SELECT variant, is_sample, priority, opens_at, due_at, expires_at, waits_for, n, min(id) AS first_id,
           max(id) AS last_id, array_agg(id ORDER BY id) AS ids, count(*)::int AS size
      FROM numbered GROUP BY 1, 2, 3, 4, 5, 6, 7, 8
), batches AS (
    INSERT INTO digests_batch
           (digest_id, kind, attempt, variant, is_sample, priority, ordinal, opens_at, due_at, expires_at,
            first_id, last_id, recipient_ids, outcomes, next, token, waits_for)
    SELECT %(digest)s, 'first', 0, variant, is_sample, priority,
           row_number() OVER (ORDER BY opens_at, waits_for <> '', n, waits_for, variant, is_sample) + %(last_ordinal)s,
           opens_at, CASE WHEN waits_for <> '' THEN expires_at ELSE due_at END, expires_at, first_id, last_id, ids,
           decode(repeat('00', size), 'hex'), 0, 0, waits_for
      FROM gathered
    RETURNING cardinality(recipient_ids) AS size
)
SELECT coalesce(sum(size), 0), (SELECT count(*) FROM warmup_reader) FROM batches
"""
NAME = """
INSERT INTO digests_reason (digest_id, subscriber_id, outcome, code, text, at)
SELECT b.digest_id, unnest(b.recipient_ids), %(pending)s, '',
       left(format('Beyond what %%s is sent today, %%s in all (warm-up).', b.waits_for, d.ceiling), 300), %(now)s
  FROM digests_batch b JOIN digests_warmupday d ON d.provider = b.waits_for AND d.day = %(day)s
 WHERE b.digest_id = %(digest)s AND b.waits_for <> ''
"""


class ReadersLost(RuntimeError):
    """The new batches do not hold the readers of the old; the transaction is undone."""


def hold_back(cursor: CursorWrapper, digest: Digest, *, now: datetime) -> int:
    """Inside the transaction that freezes the digest, behind its batches; returns how many wait.

    Without a plan it costs one query.
    """
    if not plans.any_active() or not plans.plans_in_force(plans.today(now)):
        return 0
    cursor.execute("DROP TABLE IF EXISTS warmup_seat, warmup_reader")
    cursor.execute(SEATS, [digest.pk])
    cursor.execute("ANALYZE warmup_seat")
    cursor.execute(READERS, {"digest": digest.pk, "newsletter": digest.newsletter_id})
    cursor.execute(COUNTS, [FEWEST])
    readers = {str(provider): int(number) for provider, number in cursor.fetchall()}
    days = plans.days(readers, now=now, lock=True)
    held = sum(max(0, readers[name] - day.remaining) for name, day in days.items())
    if held:
        _remake(cursor, digest, days, now)
    for name, day in days.items():
        day.used += min(readers[name], day.remaining)
    WarmUpDay.objects.bulk_update(days.values(), ["used"])
    return held


def _remake(
    cursor: CursorWrapper, digest: Digest, days: dict[str, WarmUpDay], now: datetime
) -> None:
    cursor.execute(UNMAKE, [digest.pk])
    cursor.execute(
        "SELECT coalesce(max(ordinal), -1) FROM digests_batch WHERE digest_id = %s", [digest.pk]
    )
    values: dict[str, Any] = {
        "digest": digest.pk,
        "last_ordinal": int(cursor.fetchone()[0]),
        "size": BATCH_SIZE,
        "providers": list(days),
        "remaining": [day.remaining for day in days.values()],
    }
    cursor.execute(REMAKE, values)
    written, counted = map(int, cursor.fetchone())
    if written != counted:
        raise ReadersLost(f"{digest}: {counted} readers, but {written} in batches.")
    day = plans.today(now)
    cursor.execute(NAME, {"digest": digest.pk, "pending": Outcome.PENDING, "now": now, "day": day})
