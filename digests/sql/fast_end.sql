-- Settles the last slice of a batch and finishes the batch, where nobody in it must be tried again.
-- Returns false and changes nothing in any other case: digests/delivery/slices.py then takes the step.
--
-- Called by digests/delivery/fast_path.py, once a batch.
-- Costs one look-up and two updates by primary key.
CREATE OR REPLACE FUNCTION newsroom_fast_end(_batch bigint, _token int, _done int, _outcomes bytea) RETURNS boolean
LANGUAGE plpgsql AS $$
DECLARE
    batch record;
BEGIN
    SELECT outcomes, cardinality(recipient_ids) AS size INTO batch
      FROM digests_batch
     WHERE id = _batch AND token = _token AND finished_at IS NULL AND lease_until > clock_timestamp()
       FOR UPDATE;
    IF NOT FOUND THEN RETURN false; END IF;
    IF trim(BOTH '\000'::bytea FROM substring(batch.outcomes FROM _done + 1)) <> ''
       OR _done + length(_outcomes) <> batch.size
       OR position('\x00'::bytea IN substring(batch.outcomes FROM 1 FOR _done)) > 0
       OR position('\x02'::bytea IN batch.outcomes) > 0 OR position('\x08'::bytea IN batch.outcomes) > 0
    THEN RETURN false; END IF;
    UPDATE digests_slice SET settled_at = clock_timestamp()
     WHERE batch_id = _batch AND start = _done AND token = _token AND settled_at IS NULL;
    IF NOT FOUND THEN RETURN false; END IF;
    UPDATE digests_batch
       SET outcomes = overlay(outcomes PLACING _outcomes FROM _done + 1), next = batch.size,
           lease_until = NULL, finished_at = clock_timestamp()
     WHERE id = _batch;
    RETURN true;
END $$;
