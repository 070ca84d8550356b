-- Refuses to change a row: what was approved is what is sent.
--
-- Called by the trigger version_immutable (digests/sql/version_immutable.sql).
-- Costs nothing until somebody tries to change a row.
CREATE OR REPLACE FUNCTION newsroom_refuse_update() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'Rows of % are never changed.', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END
$$;
