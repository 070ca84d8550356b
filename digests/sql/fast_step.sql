-- Opens the next slice of a batch where everything is as it nearly always is, and notes that the readers of the last one
-- were accepted. Returns NULLs and changes nothing in any other case: digests/delivery/slices.py then takes the step.
-- `measured` is NULL for a newsletter that tells no readers apart, as most do.
--
-- Called by digests/delivery/fast_path.py, once a slice.
-- Costs one round trip instead of eight: three look-ups by primary key for each reader, two updates and an insert.
-- Every statement sees what was committed before it: the look around is made after the row lock, not before.
CREATE OR REPLACE FUNCTION newsroom_fast_step(
    _batch bigint, _token int, _lease_seconds float8, _transport text, _most int,
    _done int, _outcomes bytea,
    OUT start int, OUT stop int, OUT version bigint, OUT ids bigint[], OUT public_ids text[], OUT addresses text[],
    OUT measured boolean[]
) LANGUAGE plpgsql AS $$
DECLARE
    batch record;
    upto int;
BEGIN
    SELECT b.next, b.recipient_ids, b.outcomes, d.newsletter_id, d.sending_version_id,
           n.tracking = {Tracking.READER} AS is_measured
      INTO batch
      FROM digests_batch b JOIN digests_digest d ON d.id = b.digest_id
      JOIN subscriptions_newsletter n ON n.id = d.newsletter_id
     WHERE b.id = _batch AND b.token = _token AND b.finished_at IS NULL
       AND b.lease_until > clock_timestamp()
       AND d.state = {DigestState.SENDING} AND b.expires_at > clock_timestamp()
       AND NOT EXISTS (SELECT 1 FROM digests_sendingswitch WHERE stopped_at IS NOT NULL)
       -- OFFSET 0 keeps this look on its index (batch_claimable).
       AND NOT EXISTS (SELECT 1 FROM (SELECT digest_id FROM digests_batch
                                       WHERE finished_at IS NULL AND priority < b.priority
                                         AND due_at <= clock_timestamp()
                                         AND (lease_until IS NULL OR lease_until <= clock_timestamp())
                                         AND variant IS NOT NULL OFFSET 0) u
                         JOIN digests_digest ud ON ud.id = u.digest_id
                        WHERE ud.state IN ({DigestState.FROZEN}, {DigestState.SENDING}))
       FOR UPDATE OF b;
    IF NOT FOUND THEN RETURN; END IF;

    upto := least(batch.next + _most, cardinality(batch.recipient_ids));
    IF upto <= batch.next THEN RETURN; END IF;
    -- 0 is pending: whatever else stands there was written by an event or a person, and is looked at one by one.
    IF trim(BOTH decode('00', 'hex') FROM substring(batch.outcomes FROM batch.next + 1 FOR upto - batch.next)) <> ''
       OR _done IS NOT NULL
      AND trim(BOTH decode('00', 'hex') FROM substring(batch.outcomes FROM _done + 1 FOR length(_outcomes))) <> ''
    THEN RETURN; END IF;

    ids := batch.recipient_ids[batch.next + 1 : upto];
    -- Reader by reader, by their keys: no statistics, however old, may make a join of the whole audience of it.
    SELECT array_agg(r.public_id ORDER BY i.id), array_agg(r.address ORDER BY i.id)
      INTO public_ids, addresses
      FROM unnest(ids) AS i(id)
     CROSS JOIN LATERAL (SELECT r.public_id, r.address FROM subscriptions_subscriber r
                          WHERE r.id = i.id AND {not_suppressed} AND {not_paused} OFFSET 0) r
     CROSS JOIN LATERAL (SELECT FROM subscriptions_subscription
                          WHERE subscriber_id = i.id AND newsletter_id = batch.newsletter_id
                            AND state = {SubscriptionState.ACTIVE} OFFSET 0) s;
    IF cardinality(public_ids) IS DISTINCT FROM upto - batch.next THEN RETURN; END IF;
    IF batch.is_measured THEN
        SELECT array_agg(r.measured ORDER BY i.id) INTO measured
          FROM unnest(ids) AS i(id)
         CROSS JOIN LATERAL (SELECT tracking = {Tracking.READER} AS measured FROM subscriptions_subscriber
                              WHERE id = i.id OFFSET 0) r;
        IF cardinality(measured) IS DISTINCT FROM upto - batch.next THEN RETURN; END IF;
    END IF;

    IF _done IS NOT NULL THEN
        UPDATE digests_slice SET settled_at = clock_timestamp()
         WHERE batch_id = _batch AND digests_slice.start = _done AND token = _token AND settled_at IS NULL;
        IF NOT FOUND THEN RETURN; END IF;
    END IF;
    UPDATE digests_batch
       SET next = upto, lease_until = clock_timestamp() + make_interval(secs => _lease_seconds),
           outcomes = CASE WHEN _done IS NULL THEN outcomes
                           ELSE overlay(outcomes PLACING _outcomes FROM _done + 1) END
     WHERE id = _batch;
    INSERT INTO digests_slice (batch_id, start, stop, token, version_id, transport, started_at)
    VALUES (_batch, batch.next, upto, _token, batch.sending_version_id, _transport, clock_timestamp());
    start := batch.next;
    stop := upto;
    version := batch.sending_version_id;
END $$;
