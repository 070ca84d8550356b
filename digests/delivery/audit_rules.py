"""What must hold of a digest, as queries that find the rows that break it: each yields `what`, in words.

Parameters: %(digest)s, %(newsletter)s, %(grace)s (seconds) and every outcome by its name.
"""

# One row a position: which reader stands there, what became of them, and the slice that they lie in.
POSITIONS = """
CREATE TEMPORARY TABLE audit_position ON COMMIT DROP AS
SELECT b.id AS batch, b.ordinal, b.attempt, b.next, b.finished_at, u.reader, (u.n - 1)::int AS position,
       get_byte(b.outcomes, u.n::int - 1) AS outcome, s.start AS slice, s.started_at, s.settled_at
  FROM digests_batch b
 CROSS JOIN LATERAL unnest(b.recipient_ids) WITH ORDINALITY AS u(reader, n)
  LEFT JOIN LATERAL (
       SELECT * FROM digests_slice s
        WHERE s.batch_id = b.id AND s.start < u.n AND u.n <= s.stop ORDER BY s.start LIMIT 1) s ON true
 WHERE b.digest_id = %(digest)s AND octet_length(b.outcomes) >= u.n
"""

SLICES = """
CREATE TEMPORARY TABLE audit_slice ON COMMIT DROP AS
SELECT s.*, b.token AS batch_token, b.next, b.expires_at, b.opens_at,
       'batch ' || b.id || ', slice from ' || s.start AS what
  FROM digests_slice s JOIN digests_batch b ON b.id = s.batch_id
 WHERE b.digest_id = %(digest)s
"""

# Readers who were ever in doubt, and are named so.
DOUBTS = """
CREATE TEMPORARY TABLE audit_doubt ON COMMIT DROP AS
SELECT DISTINCT subscriber_id AS reader FROM digests_reason
 WHERE digest_id = %(digest)s AND outcome = %(uncertain)s
"""
TABLES = {"audit_position": POSITIONS, "audit_slice": SLICES, "audit_doubt": DOUBTS}

STATES = "SELECT outcome, count(*) FROM audit_position GROUP BY outcome"

# Of those in doubt at a service that settles doubts.
SETTLED = """
SELECT p.outcome, count(*) FROM audit_position p
  JOIN digests_question q ON q.batch_id = p.batch AND p.position = ANY(q.positions)
  JOIN digests_batch b ON b.id = q.batch_id
 WHERE b.digest_id = %s GROUP BY p.outcome
"""

ALWAYS = {
    "readers at two living positions": """
        SELECT 'reader ' || reader AS what FROM audit_position
         WHERE outcome <> %(moved)s GROUP BY reader HAVING count(*) > 1""",
    "readers at no living position": """
        SELECT 'reader ' || reader AS what FROM audit_position
         GROUP BY reader HAVING bool_and(outcome = %(moved)s)""",
    "moved readers without a later position": """
        SELECT 'reader ' || reader AS what FROM audit_position
         GROUP BY reader
        HAVING max(ordinal) FILTER (WHERE outcome = %(moved)s)
             > coalesce(max(ordinal) FILTER (WHERE outcome <> %(moved)s), -1)""",
    "batches whose bytes, ids or ends disagree": """
        SELECT 'batch ' || b.id AS what FROM digests_batch b
         WHERE b.digest_id = %(digest)s
           AND (octet_length(b.outcomes) <> cardinality(b.recipient_ids)
                OR b.first_id <> b.recipient_ids[1]
                OR b.last_id <> b.recipient_ids[cardinality(b.recipient_ids)]
                OR b.next > cardinality(b.recipient_ids))""",
    "batches whose ids do not ascend": """
        SELECT DISTINCT 'batch ' || batch AS what
          FROM (SELECT batch, reader, lag(reader) OVER (PARTITION BY batch ORDER BY position) AS before
                  FROM audit_position) ids
         WHERE before >= reader""",
    "bytes that are no outcome": """
        SELECT 'reader ' || reader AS what FROM audit_position WHERE outcome > %(paused)s""",
    "slices that overlap": """
        SELECT what FROM (SELECT what, start, lag(stop) OVER (PARTITION BY batch_id ORDER BY start) AS before
                            FROM audit_slice s) pairs
         WHERE start < before""",
    "slices beyond their batch's mark": "SELECT what FROM audit_slice s WHERE stop > next",
    "slices with a newer token than their batch": "SELECT what FROM audit_slice s WHERE token > batch_token",
    "open slices of an older token beside a living claim": """
        SELECT what FROM audit_slice s WHERE settled_at IS NULL AND token < batch_token""",
    "slices opened by a worker whose claim was over": """
        SELECT what FROM (SELECT what, token, lag(token) OVER (PARTITION BY batch_id ORDER BY start) AS before
                            FROM audit_slice) pairs
         WHERE token < before""",
    "slices of another digest's version": """
        SELECT s.what FROM audit_slice s JOIN digests_version v ON v.id = s.version_id
         WHERE v.digest_id <> %(digest)s""",
    "slices opened before their cohort's time": "SELECT what FROM audit_slice s WHERE started_at < opens_at",
    "slices opened after their batch had expired": "SELECT what FROM audit_slice s WHERE started_at > expires_at",
    "answered readers outside of a settled slice": """
        SELECT 'reader ' || reader AS what FROM audit_position
         WHERE outcome IN (%(accepted)s, %(failed)s, %(deferred)s) AND settled_at IS NULL
           AND finished_at IS NOT NULL""",
    "accepted readers in no slice": """
        SELECT 'reader ' || reader AS what FROM audit_position
         WHERE outcome = %(accepted)s AND slice IS NULL""",
    "readers passed over": """
        SELECT 'reader ' || reader AS what FROM audit_position
         WHERE position < next AND outcome = %(pending)s AND (slice IS NULL OR settled_at IS NOT NULL)""",
    "readers in doubt without a reason": """
        SELECT 'reader ' || p.reader AS what FROM audit_position p
         WHERE p.outcome = %(uncertain)s AND NOT EXISTS (SELECT 1 FROM audit_doubt n WHERE n.reader = p.reader)""",
    "readers of a lost slice who are not named in doubt": """
        SELECT 'reader ' || p.reader AS what FROM audit_position p
          JOIN digests_slice s ON s.batch_id = p.batch AND s.start = p.slice AND s.is_lost
         WHERE p.outcome NOT IN (%(left)s, %(paused)s, %(suppressed)s, %(failed)s)
           AND NOT EXISTS (SELECT 1 FROM audit_doubt n WHERE n.reader = p.reader)""",
    "settled doubts without a word of who settled them": """
        SELECT 'reader ' || p.reader AS what FROM audit_position p
          JOIN digests_question q ON q.batch_id = p.batch AND p.position = ANY(q.positions)
         WHERE p.outcome = %(accepted)s AND NOT EXISTS (
               SELECT 1 FROM digests_reason r
                WHERE r.digest_id = %(digest)s AND r.subscriber_id = p.reader AND r.outcome = %(accepted)s)""",
    "failed readers without a reason": """
        SELECT 'reader ' || p.reader AS what FROM audit_position p
         WHERE p.outcome = %(failed)s AND NOT EXISTS (
               SELECT 1 FROM digests_reason r WHERE r.digest_id = %(digest)s AND r.subscriber_id = p.reader)""",
    "readers sent although suppressed before": """
        SELECT 'reader ' || p.reader AS what FROM audit_position p JOIN subscriptions_subscriber r ON r.id = p.reader
         WHERE p.outcome = %(accepted)s AND r.suppressed_at + make_interval(secs => %(grace)s) < p.started_at""",
    "readers sent although they had left before": """
        SELECT 'reader ' || p.reader AS what FROM audit_position p
          JOIN subscriptions_subscription t ON t.subscriber_id = p.reader AND t.newsletter_id = %(newsletter)s
         WHERE p.outcome = %(accepted)s AND t.state = 'left'
           AND t.left_at + make_interval(secs => %(grace)s) < p.started_at""",
    "other digests of the same newsletter, date and slot": """
        SELECT 'digest ' || o.id AS what FROM digests_digest o JOIN digests_digest d
            ON (o.newsletter_id, o.local_date, o.slot) = (d.newsletter_id, d.local_date, d.slot) AND o.id <> d.id
         WHERE d.id = %(digest)s""",
}

# Once it is sent or cancelled for good.
AT_THE_END = {
    "batches not finished": """
        SELECT 'batch ' || id AS what FROM digests_batch WHERE digest_id = %(digest)s AND finished_at IS NULL""",
    "finished batches with a lease, or not read to their end": """
        SELECT 'batch ' || b.id AS what FROM digests_batch b JOIN digests_digest d ON d.id = b.digest_id
         WHERE b.digest_id = %(digest)s AND b.finished_at IS NOT NULL
           AND (b.lease_until IS NOT NULL OR (d.state = 'sent' AND b.next <> cardinality(b.recipient_ids)))""",
    "open slices": "SELECT what FROM audit_slice s WHERE settled_at IS NULL",
    "readers without an outcome": """
        SELECT 'reader ' || reader AS what FROM audit_position
         WHERE outcome IN (%(pending)s, %(deferred)s)""",
}

# audit_log: one row a message that the server took (audit_log.py), `reader` found by its Message-ID.
WITH_LOG = {
    "messages to readers who were not in the audience": """
        SELECT 'reader ' || l.reader AS what FROM audit_log l
         WHERE l.reader IS NOT NULL AND NOT EXISTS (SELECT 1 FROM audit_position p WHERE p.reader = l.reader)""",
    "messages that went to another reader's address": """
        SELECT l.recipient AS what FROM audit_log l JOIN subscriptions_subscriber r ON r.id = l.reader
         WHERE lower(l.recipient COLLATE "C") <> lower(r.address)""",
    "messages with another reader's leave link": """
        SELECT l.recipient AS what FROM audit_log l JOIN subscriptions_subscriber r ON r.id = l.reader
         WHERE l.leaves <> '' AND l.leaves <> r.public_id""",
    "accepted readers who are not in the log": """
        SELECT 'reader ' || p.reader AS what FROM audit_position p
         WHERE p.outcome = %(accepted)s AND NOT EXISTS (SELECT 1 FROM audit_log l WHERE l.reader = p.reader)""",
    "readers in the log who were not sent, and are not in doubt": """
        SELECT 'reader ' || p.reader AS what FROM audit_position p
         WHERE p.outcome NOT IN (%(accepted)s, %(uncertain)s, %(moved)s)
           AND (p.settled_at IS NOT NULL OR p.slice IS NULL)
           AND EXISTS (SELECT 1 FROM audit_log l WHERE l.reader = p.reader)
           AND NOT EXISTS (SELECT 1 FROM audit_doubt n WHERE n.reader = p.reader)""",
    "readers with two copies who are not in doubt": """
        SELECT 'reader ' || p.reader AS what FROM (
               SELECT reader FROM audit_log GROUP BY reader HAVING count(*) > 1) p
         WHERE NOT EXISTS (SELECT 1 FROM audit_doubt n WHERE n.reader = p.reader)""",
}
