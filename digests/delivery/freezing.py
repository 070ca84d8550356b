"""The moment a digest's readers are chosen: once, in one transaction, under the digest's row lock."""

import logging
from datetime import datetime
from enum import Enum

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

from digests import alerts
from digests.choices import AlertKind, DigestState
from digests.models import Digest
from digests.models.ledger import BATCH_SIZE
from digests.preflight.gate import blocking_findings
from subscriptions.models.subscriber import mailable_sql

logger = logging.getLogger(__name__)


class Freeze(Enum):
    """What a call did."""

    DONE = "done"
    NOT_DUE = "not due, or in other hands"
    MISSED = "missed"
    HELD = "held"


class AudienceMismatch(RuntimeError):
    """The batches do not hold the audience that was counted; the transaction is undone."""


# The snapshot of a statement is one instant: a reader who leaves a moment later is met again, and left out, when
# the slice is opened (slices.py).
WRITE_BATCHES = f"""
WITH audience AS (
    SELECT s.subscriber_id AS id, (row_number() OVER (ORDER BY s.subscriber_id) - 1) / %(size)s AS n
      FROM subscriptions_subscription s
      JOIN subscriptions_subscriber r ON r.id = s.subscriber_id
     WHERE s.newsletter_id = %(newsletter)s AND {mailable_sql("%(due_at)s")}
), batches AS (
    INSERT INTO digests_batch
           (digest_id, kind, attempt, variant, priority, ordinal, due_at, first_id, last_id,
            recipient_ids, outcomes, next, token)
    SELECT %(digest)s, 'first', 0, 0, %(priority)s, n, %(due_at)s, min(id), max(id),
           array_agg(id ORDER BY id), decode(repeat('00', count(*)::int), 'hex'), 0, 0
      FROM audience GROUP BY n
    RETURNING cardinality(recipient_ids) AS size
)
SELECT coalesce((SELECT sum(size) FROM batches), 0), (SELECT count(*) FROM audience)
"""  # noqa: S608 - its parts are constants of ours


def freeze(digest_id: int, *, now: datetime) -> Freeze:
    """Choose the audience and write its batches. Safe to call twice, and by two workers at once."""
    with transaction.atomic():
        digest = (
            Digest.objects.select_for_update(of=("self",), skip_locked=True)
            .select_related("newsletter", "approved_version")
            .filter(pk=digest_id, state=DigestState.APPROVED, due_at__lte=now)
            .first()
        )
        if digest is None:
            return Freeze.NOT_DUE
        # Its readers would all get an *expired*: better one word to staff than a digest sent to nobody.
        if min(digest.miss_at, digest.expires_at) <= now:
            alerts.stop(digest, DigestState.MISSED, AlertKind.MISSED, _late(digest), now=now)
            return Freeze.MISSED
        findings = blocking_findings(digest)
        if findings:
            alerts.stop(digest, DigestState.HELD, AlertKind.HELD, " ".join(findings), now=now)
            return Freeze.HELD
        with connection.cursor() as cursor:
            size = _write_batches(cursor, digest)
        digest.state = DigestState.FROZEN
        digest.state_reason = ""
        digest.frozen_at = now
        digest.sending_version = digest.approved_version
        digest.audience_size = size
        digest.save(
            update_fields=["state", "state_reason", "frozen_at", "sending_version", "audience_size"]
        )
    logger.info("%s is frozen for %s readers.", digest, size)
    return Freeze.DONE


def _write_batches(cursor: CursorWrapper, digest: Digest) -> int:
    cursor.execute(
        WRITE_BATCHES,
        {
            "digest": digest.pk,
            "newsletter": digest.newsletter_id,
            "due_at": digest.due_at,
            "priority": 0,
            "size": BATCH_SIZE,
        },
    )
    written, counted = cursor.fetchone()
    if written != counted:
        raise AudienceMismatch(f"{digest}: {counted} readers, but {written} in batches.")
    return int(written)


def _late(digest: Digest) -> str:
    by = digest.local(min(digest.miss_at, digest.expires_at))
    return f"It should have been on its way by {by:%H:%M} ({digest.zone}), and was not."
