-- How the ids of a batch's readers are kept. They hardly compress, and compressing them was most of what a freeze cost.
-- Nobody asks which ids or outcomes are common, so no statistics are kept of them.
--
-- Called by a migration alone.
-- Costs 8 bytes a reader.
ALTER TABLE digests_batch ALTER COLUMN recipient_ids SET STORAGE EXTERNAL,
                          ALTER COLUMN recipient_ids SET STATISTICS 0,
                          ALTER COLUMN outcomes SET STATISTICS 0;
