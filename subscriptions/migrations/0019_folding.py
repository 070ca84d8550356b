"""Addresses are folded alike in every database (subscriptions/models/folding.py says why)."""

import django.db.models.functions.text
from django.core.management.base import CommandError
from django.db import migrations, models

TWICE = """
SELECT count(*) FROM (SELECT FROM subscriptions_subscriber GROUP BY lower(address COLLATE "C") HAVING count(*) > 1) found
"""
# The list is right; the mark of its reader was not found under a collation that folds otherwise.
MARK = """
UPDATE subscriptions_subscriber r SET suppressed_at = statement_timestamp()
  FROM subscriptions_suppression x
 WHERE lower(x.address) = lower(r.address) AND r.suppressed_at IS NULL
"""
FOLDED = 'ALTER TYPE newsroom_sign_up ALTER ATTRIBUTE address TYPE text COLLATE "C"'
FOLDED_AS_BEFORE = "ALTER TYPE newsroom_sign_up ALTER ATTRIBUTE address TYPE text"


def refuse_readers_who_are_there_twice(apps, schema_editor):
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(TWICE)
        (twice,) = cursor.fetchone()
    if twice:
        raise CommandError(
            f"{twice} readers are there twice, with addresses that differ in case alone. Run "
            "`manage.py unite_readers`, which makes each of them one reader, and migrate again."
        )


def mark_suppressed_readers(apps, schema_editor):
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(MARK)
        if cursor.rowcount:
            print(f" {cursor.rowcount} suppressed readers had no mark and may have been mailed; they have it now.")


class Migration(migrations.Migration):

    dependencies = [
        ('subscriptions', '0018_heartbeat'),
    ]

    operations = [
        migrations.RunPython(refuse_readers_who_are_there_twice, migrations.RunPython.noop),
        migrations.AlterField(
            model_name='addresschange',
            name='new_address',
            field=models.CharField(db_collation='C', max_length=254),
        ),
        migrations.AlterField(
            model_name='letter',
            name='address',
            field=models.CharField(db_collation='C', max_length=254),
        ),
        migrations.AlterField(
            model_name='subscriber',
            name='address',
            field=models.CharField(db_collation='C', max_length=254),
        ),
        migrations.AlterField(
            model_name='suppression',
            name='address',
            field=models.CharField(blank=True, db_collation='C', max_length=254),
        ),
        migrations.RunSQL(FOLDED, FOLDED_AS_BEFORE),
        migrations.AddIndex(
            model_name='suppression',
            index=models.Index(django.db.models.functions.text.Lower('address'), name='suppression_any_case'),
        ),
        migrations.RunPython(mark_suppressed_readers, migrations.RunPython.noop),
    ]
