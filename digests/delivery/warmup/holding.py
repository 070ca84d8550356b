"""At the freeze, readers beyond a provider's allowance of today wait in batches of their own, the least engaged.

They wait for the next allowance (releasing.py) or expire with their digest; each of them is named with the reason.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.backends.utils import CursorWrapper

from digests.choices import Outcome
from digests.delivery.pace.slice_sizes import batch_size
from digests.delivery.warmup import plans
from digests.models import Digest, WarmUpDay

# A provider with fewer readers than this in a digest needs no warming up.
FEWEST = 50

# Tables, so that PostgreSQL knows how many readers there are: it takes an array for ten, and would look up a million
# of them one by one. Batches that are alike but for their readers have a number, and so have providers: numbers are
# sorted in a fraction of the time.
# One freeze at a time sorts that many; in the usual 4 MB they go to the disk and back, several times.
MEMORY = """
SELECT set_config('work_mem', '64MB', true)
 WHERE pg_size_bytes(current_setting('work_mem')) < pg_size_bytes('64MB')
"""
GROUPS = """
CREATE TEMPORARY TABLE warmup_group ON COMMIT DROP AS
SELECT id AS batch_id, variant, is_sample, priority, opens_at, due_at, expires_at,
       dense_rank() OVER (ORDER BY priority, variant, is_sample, opens_at, due_at, expires_at)::int AS number
  FROM digests_batch WHERE digest_id = %s AND finished_at IS NULL
"""
SEATS = """
CREATE TEMPORARY TABLE warmup_seat ON COMMIT DROP AS
SELECT g.number AS alike, g.priority, unnest(b.recipient_ids) AS id
  FROM warmup_group g JOIN digests_batch b ON b.id = g.batch_id
"""
READERS = """
CREATE TEMPORARY TABLE warmup_reader ON COMMIT DROP AS
SELECT u.alike, u.priority, u.id,
       coalesce(nullif(d.provider, ''), split_part(r.address, '@', 2)) COLLATE "C" AS provider
  FROM warmup_seat u
  JOIN subscriptions_subscriber r ON r.id = u.id
  LEFT JOIN digests_maildomain d ON d.domain = split_part(r.address, '@', 2)
"""
COUNTS = "SELECT provider, count(*) FROM warmup_reader GROUP BY 1 HAVING count(*) >= %s"
# Seeds come first, then the most engaged: by the latest click where newsletter and reader agreed that it is kept, else
# by the latest confirmation. Only providers with more readers than room are looked at.
HELD = """
CREATE TEMPORARY TABLE warmup_held ON COMMIT DROP AS
WITH click AS (
    SELECT e.subscriber_id, max(e.occurred_at) AS at
      FROM digests_event e
      JOIN subscriptions_subscriber r ON r.id = e.subscriber_id AND r.tracking = 'reader'
      JOIN digests_digest g ON g.id = e.digest_id
      JOIN subscriptions_newsletter n ON n.id = g.newsletter_id AND n.tracking = 'reader'
     WHERE e.kind = 'clicked' GROUP BY 1
), placed AS (
    SELECT w.id, a.remaining, a.number::int AS waits, row_number() OVER (
               PARTITION BY a.number
               ORDER BY w.priority, coalesce(click.at, s.confirmed_at) DESC NULLS LAST, w.id) AS place
      FROM warmup_reader w
      JOIN unnest(%(providers)s::text[], %(remaining)s::bigint[]) WITH ORDINALITY AS a(provider, remaining, number)
        ON a.provider = w.provider
      LEFT JOIN subscriptions_subscription s ON s.subscriber_id = w.id AND s.newsletter_id = %(newsletter)s
      LEFT JOIN click ON click.subscriber_id = w.id
)
SELECT id, waits, place::int FROM placed WHERE place > remaining
"""
UNMAKE = "DELETE FROM digests_batch WHERE digest_id = %s AND finished_at IS NULL"
REMAKE = """
WITH numbered AS (
    SELECT w.alike, h.waits, w.id,
           (row_number() OVER (PARTITION BY w.alike, h.waits ORDER BY h.place, w.id) - 1) / %(size)s AS n
      FROM warmup_reader w LEFT JOIN warmup_held h USING (id)
), gathered AS (
    SELECT alike, waits, n, min(id) AS first_id, max(id) AS last_id, array_agg(id) AS ids, count(*)::int AS size
      FROM numbered GROUP BY 1, 2, 3
), batches AS (
    INSERT INTO digests_batch
           (digest_id, kind, attempt, variant, is_sample, priority, ordinal, opens_at, due_at, expires_at,
            first_id, last_id, recipient_ids, outcomes, next, token, waits_for)
    SELECT %(digest)s, 'first', 0, variant, is_sample, priority,
           row_number() OVER (ORDER BY opens_at, waits IS NOT NULL, n, waits, variant, is_sample) + %(last_ordinal)s,
           opens_at, CASE WHEN waits IS NULL THEN due_at ELSE expires_at END, expires_at, first_id, last_id,
           (SELECT array_agg(id ORDER BY id) FROM unnest(ids) AS id), decode(repeat('00', size), 'hex'), 0, 0,
           coalesce((%(providers)s::text[])[waits], '')
      FROM gathered
      JOIN (SELECT DISTINCT number, variant, is_sample, priority, opens_at, due_at, expires_at
              FROM warmup_group) g ON g.number = alike
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
    """Hold readers back whom the warm-up does not allow today; return how many wait.

    Call it inside the transaction that freezes the digest, after its batches are written. Without a plan it costs one
    query.
    """
    if not plans.any_active() or not plans.plans_in_force(plans.today(now)):
        return 0
    cursor.execute("DROP TABLE IF EXISTS warmup_group, warmup_seat, warmup_reader, warmup_held")
    cursor.execute(MEMORY)
    cursor.execute(GROUPS, [digest.pk])
    cursor.execute(SEATS)
    cursor.execute("ANALYZE warmup_seat")
    cursor.execute(READERS)
    cursor.execute(COUNTS, [FEWEST])
    readers = {str(provider): int(number) for provider, number in cursor.fetchall()}
    days = plans.days(readers, now=now, lock=True)
    full = [day for name, day in days.items() if readers[name] > day.remaining]
    held = sum(readers[day.provider] - day.remaining for day in full)
    if full:
        _remake(cursor, digest, full, now)
    for name, day in days.items():
        day.used += min(readers[name], day.remaining)
    WarmUpDay.objects.bulk_update(days.values(), ["used"])
    return held


def _remake(
    cursor: CursorWrapper, digest: Digest, full: Sequence[WarmUpDay], now: datetime
) -> None:
    """`full`: the days that have no room for all readers of their provider."""
    values: dict[str, Any] = {
        "digest": digest.pk,
        "newsletter": digest.newsletter_id,
        "size": batch_size(settings.MAIL_ROUTES["digests"]),
        "providers": [day.provider for day in full],
        "remaining": [day.remaining for day in full],
    }
    cursor.execute("ANALYZE warmup_reader")
    cursor.execute(HELD, values)
    cursor.execute("ANALYZE warmup_held")
    cursor.execute(UNMAKE, [digest.pk])
    cursor.execute(
        "SELECT coalesce(max(ordinal), -1) FROM digests_batch WHERE digest_id = %s", [digest.pk]
    )
    values["last_ordinal"] = int(cursor.fetchone()[0])
    cursor.execute(REMAKE, values)
    written, counted = map(int, cursor.fetchone())
    if written != counted:
        raise ReadersLost(f"{digest}: {counted} readers, but {written} in batches.")
    day = plans.today(now)
    cursor.execute(NAME, {"digest": digest.pk, "pending": Outcome.PENDING, "now": now, "day": day})
