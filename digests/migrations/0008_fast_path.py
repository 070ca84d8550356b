"""The functions of the fast path bear its name: on a database that is there already they take the place of the old ones."""

from django.db import migrations

from subscriptions.sql_files import install

OLD = """
DROP FUNCTION IF EXISTS newsroom_usual_step(bigint, int, float8, text, int, int, bytea);
DROP FUNCTION IF EXISTS newsroom_usual_end(bigint, int, int, bytea);
"""


class Migration(migrations.Migration):
    dependencies = [("digests", "0007_no_winner_rule")]
    operations = [
        migrations.RunSQL(OLD, migrations.RunSQL.noop),
        install("digests", "fast_step"),
        install("digests", "fast_end"),
    ]
