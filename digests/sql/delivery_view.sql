-- Every reader of a digest as a row, for reports on a whole digest.
--
-- Called by people who write reports; a reader's own look-up is digests/ledger.py.
-- Costs the expansion of all batches of the digest. A reader's id is not pushed down into them.
CREATE OR REPLACE VIEW digests_delivery AS
SELECT b.digest_id, u.subscriber_id, get_byte(b.outcomes, (u.place - 1)::int) AS outcome,
       b.id AS batch_id, s.version_id, coalesce(s.transport, '') AS transport, s.started_at AS sent_at
  FROM digests_batch b
 CROSS JOIN LATERAL unnest(b.recipient_ids) WITH ORDINALITY AS u(subscriber_id, place)
  LEFT JOIN digests_slice s ON s.batch_id = b.id AND u.place > s.start AND u.place <= s.stop
 WHERE get_byte(b.outcomes, (u.place - 1)::int) <> {Outcome.MOVED};  -- the reader's outcome stands in another batch
