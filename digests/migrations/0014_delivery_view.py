"""Every reader of a digest as a row, for reports on a whole digest: it expands the batches, and pushes no reader's id
down into them (one reader's look-up is digests/delivery/ledger.py)."""

from django.db import migrations

FORWARD = """
CREATE VIEW digests_delivery AS
SELECT b.digest_id, u.subscriber_id, get_byte(b.outcomes, (u.place - 1)::int) AS outcome,
       b.id AS batch_id, s.version_id, coalesce(s.transport, '') AS transport, s.started_at AS sent_at
  FROM digests_batch b
 CROSS JOIN LATERAL unnest(b.recipient_ids) WITH ORDINALITY AS u(subscriber_id, place)
  LEFT JOIN digests_slice s ON s.batch_id = b.id AND u.place > s.start AND u.place <= s.stop
 WHERE get_byte(b.outcomes, (u.place - 1)::int) <> 9;  -- 9: moved, the position of a reader who stands elsewhere
"""
BACKWARD = "DROP VIEW digests_delivery;"


class Migration(migrations.Migration):
    dependencies = [("digests", "0013_subject_test")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
