-- Refuses to change a consent but for forgetting the IP address. Consent is proof. Erasing a reader still deletes rows.
--
-- Called by the trigger consent_append_only (below).
-- Costs nothing until a row is changed, which purging does once for each consent with an IP address.
CREATE OR REPLACE FUNCTION newsroom_consent_may_forget() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.ip IS NULL AND NEW.ip_hash = ''
       AND to_jsonb(NEW) - ARRAY['ip', 'ip_hash'] = to_jsonb(OLD) - ARRAY['ip', 'ip_hash'] THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'Rows of % are never changed.', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END
$$;
CREATE OR REPLACE TRIGGER consent_append_only BEFORE UPDATE ON subscriptions_consent
    FOR EACH ROW EXECUTE FUNCTION newsroom_consent_may_forget();
