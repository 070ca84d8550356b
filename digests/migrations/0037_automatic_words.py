"""Which words of a digest are ours. Of digests that are still to go out, those that no editor has ever written."""

from django.contrib.postgres.fields import ArrayField
from django.db import migrations, models

UNWRITTEN = """
UPDATE digests_digest AS digest
   SET automatic_words = ARRAY(
           SELECT word
             FROM unnest(ARRAY['subject', 'preheader', 'intro', 'outro']) AS word
            WHERE NOT EXISTS (
                      SELECT 1
                        FROM digests_change AS change
                       WHERE change.digest_id = digest.id
                         AND change.kind = 'words'
                         AND change.after -> 'digest' ? word))
 WHERE digest.kind = 'regular'
   AND digest.state IN ('draft', 'approved', 'held', 'skipped', 'frozen', 'sending', 'paused')
"""


class Migration(migrations.Migration):
    dependencies = [("digests", "0036_dmarc_of_domains")]
    operations = [
        migrations.AddField(
            "digest",
            "automatic_words",
            ArrayField(
                models.CharField(max_length=10),
                blank=True,
                db_default=[],
                default=list,
                editable=False,
            ),
        ),
        migrations.AddConstraint(
            "digest",
            models.CheckConstraint(
                condition=models.Q(
                    automatic_words__contained_by=["subject", "preheader", "intro", "outro"]
                ),
                name="digest_automatic_words_known",
            ),
        ),
        migrations.RunSQL(UNWRITTEN, migrations.RunSQL.noop),
    ]
