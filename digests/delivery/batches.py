"""An audience as batches: chosen and written by one statement, cohort by cohort."""

from dataclasses import dataclass
from datetime import datetime, time
from typing import Any

from django.conf import settings
from django.db.backends.utils import CursorWrapper
from django.utils.crypto import salted_hmac

from digests import cohorts
from digests.audience import recipients
from digests.choices import SEED_PRIORITY, Outcome, PastRule
from digests.delivery import merged_readers
from digests.delivery.pace.slice_sizes import batch_size
from digests.delivery.seeds import Plan
from digests.models import Digest, SubjectTest
from subscriptions.models.subscriber import mailable_sql

# Statistics that know only small batches would make readers of the ledger read all of it, until autovacuum comes by.
ANALYZE_FROM = 50_000
ALERT_PRIORITY = SEED_PRIORITY - 1  # a news alert's, before all others
SKIPPED_TEXT = "The {time:%H:%M} of their own clock was past when the readers were chosen."


class AudienceMismatch(RuntimeError):
    """The batches do not hold the audience that was counted; the transaction is undone."""


@dataclass(frozen=True, slots=True)
class Written:
    readers: int
    waiting: int  # of whom nothing is decided yet; the others were skipped


# The snapshot of a statement is one instant: a reader who leaves a moment later is met again, and left out, when
# the slice is opened (slices.py).
AUDIENCE = """
  FROM subscriptions_subscription s
  JOIN subscriptions_subscriber r ON r.id = s.subscriber_id {zones}
 WHERE s.newsletter_id = %(newsletter)s AND {mailable} AND {condition}
"""
# An even draw between 0 and 1, keyed by the digest: in the next one's test the same reader falls elsewhere.
DRAW = (
    "(('x' || substr(md5(%(key)s || s.subscriber_id), 1, 8))::bit(32)::bigint / 4294967296::float8)"
)
GROUP = f"CASE WHEN {DRAW} < %(share)s THEN floor({DRAW} / %(share)s * %(subjects)s)::int END"
# Seeds at once, and all others not before they have had their time to look.
SEED = "(lower(r.address) = ANY(%(seeds)s))"
HELD = f"""CASE WHEN {SEED} THEN %(now)s::timestamptz WHEN {{at}} < %(skip_before)s::timestamptz THEN {{at}}
           ELSE greatest({{at}}, %(hold_ends)s::timestamptz) END"""
AT_ONCE = "%(home)s::timestamptz"
BY_ZONE = "coalesce(z.at, %(home)s::timestamptz)"
ZONES = "LEFT JOIN unnest(%(zones)s::text[], %(moments)s::timestamptz[]) AS z(zone, at) ON z.zone = r.zone"
WRITE = """
WITH audience AS (
    SELECT s.subscriber_id AS id, {opens_at} AS opens_at, {variant} AS variant, {seed} AS is_seed {audience}
), numbered AS (
    SELECT *, (row_number() OVER (PARTITION BY opens_at, variant, is_seed ORDER BY id) - 1) / %(size)s AS n
      FROM audience
), gathered AS (
    SELECT opens_at, variant, is_seed, n, min(id) AS first_id, max(id) AS last_id, array_agg(id ORDER BY id) AS ids,
           coalesce(opens_at < %(skip_before)s::timestamptz, false) AS is_skipped, count(*)::int AS size
      FROM numbered GROUP BY opens_at, variant, is_seed, n
), batches AS (
    INSERT INTO digests_batch
           (digest_id, kind, attempt, variant, is_sample, priority, ordinal, opens_at, due_at, expires_at,
            first_id, last_id, recipient_ids, outcomes, next, token, finished_at)
    SELECT %(digest)s, 'first', 0, variant, %(is_test)s AND variant IS NOT NULL AND NOT is_seed,
           CASE WHEN is_seed THEN %(seed_priority)s ELSE %(priority)s END,
           row_number() OVER (ORDER BY opens_at, n, variant) - 1, opens_at, opens_at,
           opens_at + %(patience)s, first_id, last_id, ids,
           decode(repeat(CASE WHEN is_skipped THEN %(skipped)s ELSE '00' END, size), 'hex'),
           CASE WHEN is_skipped THEN size ELSE 0 END, 0, CASE WHEN is_skipped THEN %(now)s::timestamptz END
      FROM gathered
    RETURNING cardinality(recipient_ids) AS size, finished_at
)
SELECT coalesce(sum(size), 0), coalesce(sum(size) FILTER (WHERE finished_at IS NULL), 0),
       (SELECT count(*) {audience})
  FROM batches
"""
NAME_SKIPPED = """
INSERT INTO digests_reason (digest_id, subscriber_id, outcome, code, text, at)
SELECT digest_id, unnest(recipient_ids), %s, '', %s, %s
  FROM digests_batch WHERE digest_id = %s AND finished_at IS NOT NULL
"""


def write(
    cursor: CursorWrapper,
    digest: Digest,
    test: SubjectTest | None = None,
    seeds: Plan | None = None,
    *,
    now: datetime,
) -> Written:
    """Write the digest's batches; call it inside the transaction that freezes the digest.

    Raises AudienceMismatch if the audience and the batches differ in number.
    """
    at = digest.local_time
    zones, opens_at = (ZONES, BY_ZONE) if at else ("", AT_ONCE)
    values = _values(digest, now) | (_local_values(digest, at, now) if at else {})
    # Their readers are looked up in the ledger.
    if digest.corrects_id is not None or digest.is_urgent:
        merged_readers.keep_apart(cursor)
    condition = recipients.condition(cursor, digest)
    audience = AUDIENCE.format(zones=zones, mailable=mailable_sql(opens_at), condition=condition)
    values |= _draw(digest, test) if test else {"is_test": False}
    variant = GROUP if test else "0"
    if seeds:
        values |= {"seeds": list(seeds.addresses), "hold_ends": seeds.ends_at}
        opens_at, variant = HELD.format(at=opens_at), f"CASE WHEN {SEED} THEN 0 ELSE {variant} END"
    statement = WRITE.format(
        audience=audience, opens_at=opens_at, variant=variant, seed=SEED if seeds else "false"
    )
    cursor.execute(statement, values)
    written, waiting, counted = map(int, cursor.fetchone())
    if written != counted:
        raise AudienceMismatch(f"{digest}: {counted} readers, but {written} in batches.")
    if waiting < written:
        text = SKIPPED_TEXT.format(time=digest.local_time)
        cursor.execute(NAME_SKIPPED, [Outcome.SKIPPED, text, now, digest.pk])
    if written >= ANALYZE_FROM:
        cursor.execute("ANALYZE digests_batch")
    return Written(written, waiting)


def _draw(digest: Digest, test: SubjectTest) -> dict[str, Any]:
    return {
        "is_test": True,
        "key": salted_hmac("digests.subject_test", digest.public_id).hexdigest(),
        "share": test.sample_percent / 100,
        "subjects": 1 + len(test.alternatives),
    }


def _values(digest: Digest, now: datetime) -> dict[str, Any]:
    return {
        "digest": digest.pk,
        "newsletter": digest.newsletter_id,
        "size": batch_size(settings.MAIL_ROUTES["digests"]),
        "home": digest.due_at,
        "now": now,
        "patience": digest.expires_at - digest.last_due_at,
        "skip_before": None,
        "priority": ALERT_PRIORITY if digest.is_urgent else 0,
        "seed_priority": SEED_PRIORITY,
        "skipped": f"{int(Outcome.SKIPPED):02x}",
    }


def _local_values(digest: Digest, local_time: time, now: datetime) -> dict[str, Any]:
    """Each zone's moment; one that is past becomes now, or stays and marks readers who are left out."""
    moments = cohorts.moments(digest.local_date, local_time, digest.zone)
    past = now - cohorts.PAST_AFTER
    if digest.past_rule == PastRule.NOW:
        moments = {zone: now if at < past else at for zone, at in moments.items()}
    home = moments.pop("")
    return {
        "home": home,
        "zones": list(moments),
        "moments": list(moments.values()),
        "skip_before": past if digest.past_rule == PastRule.SKIP else None,
    }
