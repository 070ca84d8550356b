"""A sign-up's open request is looked up by its reader alone.

By “confirmed_at IS NULL” as well, the index of all that are unanswered was read from end to end for each call, whenever
the database had last counted few of them: on a newspaper's first morning, or in a surge, until it counted anew.
"""

from importlib import import_module

from django.db import migrations

BEFORE = "ON s.subscriber_id = v.reader AND s.confirmed_at IS NULL"
AFTER = "ON s.subscriber_id = v.reader AND coalesce(s.confirmed_at, '-infinity') = '-infinity'"


def _function():
    text = import_module("subscriptions.migrations.0014_sign_ups_in_sets").FORWARD
    start, end = text.index("CREATE FUNCTION newsroom_keep_sign_ups("), text.index("-- Fails when")
    return text[start:end].replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")


def forward(apps, schema_editor):
    schema_editor.execute(_function().replace(BEFORE, AFTER))


def back(apps, schema_editor):
    schema_editor.execute(_function())


class Migration(migrations.Migration):
    dependencies = [("subscriptions", "0015_names_of_evidence")]
    operations = [migrations.RunPython(forward, back)]
