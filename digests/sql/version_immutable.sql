-- What was approved is what is sent: the database refuses to change a version.
--
-- Called for each UPDATE of one of the columns below; newsroom_refuse_update is in subscriptions/sql/refuse_update.sql.
-- Costs nothing until somebody tries to change one.
CREATE OR REPLACE TRIGGER version_immutable BEFORE UPDATE OF
    digest_id, number, subject, preheader, html, text, headers, article_ids, fingerprint, created_at, variants, content
    ON digests_version FOR EACH ROW EXECUTE FUNCTION newsroom_refuse_update();
