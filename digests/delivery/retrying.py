"""Readers who must be tried again leave for a batch of their own, in the transaction that finds them.

Their old byte becomes MOVED, so that each reader's state stands at exactly one position.
"""

from collections.abc import Sequence

from django.db.backends.utils import CursorWrapper

from digests import ledger
from digests.choices import Outcome, UncertainPolicy
from digests.delivery import doubts
from subscriptions.mailing.mail import service_of
from subscriptions.mailing.services import service_named

# Growing, for a server that is busy (RFC 5321 section 4.5.4.1 asks for patience; a digest has only hours).
DEFERRAL_DELAYS_SECONDS = (300, 600, 1200, 2400, 3600)
# A reader whose slice is lost again and again may be what kills the worker: three attempts in all.
MOST_RESENDS = 2

BATCH = """
SELECT b.digest_id, b.recipient_ids, b.outcomes, b.attempt,
       extract(epoch FROM b.expires_at - clock_timestamp()), coalesce(t.uncertain_policy, 'by_way')
  FROM digests_batch b
  JOIN digests_digest d ON d.id = b.digest_id
  LEFT JOIN digests_template t ON t.newsletter_id = d.newsletter_id
 WHERE b.id = %s
"""

# It stays with its cohort and group. The ordinal follows the digest's last one; the digest's row lock keeps two
# retries from taking the same.
INSERT = """
INSERT INTO digests_batch
       (digest_id, kind, attempt, variant, is_sample, priority, ordinal, opens_at, due_at, expires_at,
        first_id, last_id, recipient_ids, outcomes, next, token)
SELECT %(digest)s, 'retry', %(attempt)s, b.variant, b.is_sample, b.priority,
       (SELECT max(ordinal) + 1 FROM digests_batch WHERE digest_id = %(digest)s), b.opens_at,
       greatest(b.opens_at, clock_timestamp() + make_interval(secs => %(delay)s)), b.expires_at,
       %(first)s, %(last)s, %(ids)s, %(outcomes)s, 0, 0
  FROM digests_batch b WHERE b.id = %(batch)s
"""


def move(
    cursor: CursorWrapper, batch_id: int, positions: Sequence[int], *, delay_seconds: float
) -> None:
    """Open a retry batch for the readers at these positions. The caller holds the batch's row lock."""
    if not positions:
        return
    cursor.execute(BATCH, [batch_id])
    digest_id, recipient_ids, _outcomes, attempt, *_rest = cursor.fetchone()
    cursor.execute("SELECT 1 FROM digests_digest WHERE id = %s FOR NO KEY UPDATE", [digest_id])
    ids = [recipient_ids[position] for position in sorted(positions)]
    cursor.execute(
        INSERT,
        {
            "digest": digest_id,
            "attempt": attempt + 1,
            "batch": batch_id,
            "delay": delay_seconds,
            "first": ids[0],
            "last": ids[-1],
            "ids": ids,
            "outcomes": bytes(len(ids)),
        },
    )
    ledger.write(cursor, batch_id, dict.fromkeys(positions, Outcome.MOVED))


def move_unfinished(cursor: CursorWrapper, batch_id: int) -> None:
    """Move unfinished readers at the end of a batch.

    Deferred readers go later; readers in doubt go at once if the newsletter resends.
    """
    cursor.execute(BATCH, [batch_id])
    digest_id, ids, outcomes, attempt, seconds_left, policy = cursor.fetchone()
    if attempt < MOST_RESENDS and seconds_left > 0:
        uncertain = _at(outcomes, Outcome.UNCERTAIN)
        move(cursor, batch_id, _to_resend(cursor, batch_id, uncertain, policy), delay_seconds=0)
    delay = DEFERRAL_DELAYS_SECONDS[min(attempt, len(DEFERRAL_DELAYS_SECONDS) - 1)]
    deferred = _at(outcomes, Outcome.DEFERRED)
    if delay < seconds_left:
        move(cursor, batch_id, deferred, delay_seconds=delay)
    else:
        expired = dict.fromkeys(deferred, Outcome.EXPIRED)
        ledger.write(cursor, batch_id, doubts.keep(cursor, digest_id, ids, expired))


def _to_resend(
    cursor: CursorWrapper, batch_id: int, uncertain: Sequence[int], policy: str
) -> Sequence[int]:
    """Which of these positions the newsletter's policy sends again; by default the way of their slice decides."""
    if not uncertain or policy == UncertainPolicy.HOLD:
        return []
    if policy == UncertainPolicy.RESEND:
        return uncertain
    cursor.execute(
        "SELECT start, stop, transport FROM digests_slice WHERE batch_id = %s", [batch_id]
    )
    resent = [
        range(start, stop) for start, stop, way in cursor.fetchall() if resends_by_itself(way)
    ]
    return [position for position in uncertain if any(position in span for span in resent)]


def resends_by_itself(transport: str) -> bool:
    """Are readers in doubt sent again where the newsletter leaves it to the way their mail went?

    To a mail server, yes: that is what SMTP itself does (RFC 1047). To a service, no: its key covered the call, which
    was repeated already as far as that goes; another batch is another call.
    """
    return service_named(service_of(transport)) is None


def _at(outcomes: bytes, wanted: Outcome) -> list[int]:
    return [position for position, code in enumerate(outcomes) if code == wanted]
