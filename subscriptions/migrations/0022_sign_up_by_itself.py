"""A sign-up is one call for one address, and its letters are counted by mailbox."""

from importlib import import_module

from django.db import migrations, models

from subscriptions.sql_files import install

DROP = """
DROP FUNCTION newsroom_request_sign_ups;
DROP FUNCTION newsroom_keep_sign_ups;
DROP TYPE newsroom_sign_up;
"""


def sets(apps, schema_editor):
    """The functions of before, in their order."""
    folder = "subscriptions.migrations."
    type_of_before = import_module(folder + "0012_sign_ups_at_once").FORWARD
    start, end = type_of_before.index("CREATE TYPE"), type_of_before.index("CREATE FUNCTION")
    schema_editor.execute("DROP FUNCTION newsroom_request_sign_up, newsroom_keep_sign_up")
    schema_editor.execute(type_of_before[start:end])
    functions = import_module(folder + "0014_sign_ups_in_sets").FORWARD
    schema_editor.execute(functions[functions.index("-- Of wishes") :])
    import_module(folder + "0016_open_sign_ups_by_reader").forward(apps, schema_editor)
    schema_editor.execute(import_module(folder + "0019_folding").FOLDED)


class Migration(migrations.Migration):
    dependencies = [("subscriptions", "0021_reader_counts")]
    operations = [
        migrations.AddField(
            model_name="letter",
            name="mailbox",
            field=models.CharField(
                blank=True, db_collation="C", db_default="", default="", editable=False, max_length=254
            ),
        ),
        migrations.AddIndex(
            model_name="letter",
            index=models.Index(
                condition=models.Q(("mailbox", ""), _negated=True),
                fields=["mailbox", "created_at"],
                name="letter_by_mailbox",
            ),
        ),
        install("subscriptions", "keep_sign_up"),
        install("subscriptions", "request_sign_up"),
        migrations.RunPython(
            lambda _apps, schema_editor: schema_editor.execute(DROP), sets
        ),
    ]
