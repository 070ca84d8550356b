"""Ids are 8 bytes that hardly compress, and compressing them was most of what a freeze cost; nobody asks which are common."""

from django.db import migrations

PLAIN_IDS = """
ALTER TABLE digests_batch ALTER COLUMN recipient_ids SET STORAGE EXTERNAL,
                          ALTER COLUMN recipient_ids SET STATISTICS 0,
                          ALTER COLUMN outcomes SET STATISTICS 0
"""
PACKED_IDS = """
ALTER TABLE digests_batch ALTER COLUMN recipient_ids SET STORAGE EXTENDED,
                          ALTER COLUMN recipient_ids SET STATISTICS -1,
                          ALTER COLUMN outcomes SET STATISTICS -1
"""


class Migration(migrations.Migration):
    dependencies = [("digests", "0009_local_time")]
    operations = [migrations.RunSQL(PLAIN_IDS, PACKED_IDS)]
