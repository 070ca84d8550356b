-- Refuses to change a row. Consent is proof, and what was approved is what is sent. Erasing a reader still deletes rows.
--
-- Called by the triggers consent_append_only (below) and version_immutable (digests/sql/version_immutable.sql).
-- Costs nothing until somebody tries to change a row.
CREATE OR REPLACE FUNCTION newsroom_refuse_update() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'Rows of % are never changed.', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END
$$;
CREATE OR REPLACE TRIGGER consent_append_only BEFORE UPDATE ON subscriptions_consent
    FOR EACH ROW EXECUTE FUNCTION newsroom_refuse_update();
