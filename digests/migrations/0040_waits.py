"""What waits for a person: a permission to end the rule of two, when a digest was paused, and two kinds of alerts."""

from django.db import migrations, models
from django.db.models.functions import Now


def note_pauses(apps, schema_editor):  # noqa: ANN001, ANN201 - Django's call
    apps.get_model("digests", "Digest").objects.filter(state="paused").update(paused_at=Now())


class Migration(migrations.Migration):
    dependencies = [("digests", "0039_seat")]
    operations = [
        migrations.AlterModelOptions(
            "template",
            {"permissions": [("end_rule_of_two", "Can end the rule of two people")]},
        ),
        migrations.AddField(
            "digest", "paused_at", models.DateTimeField(blank=True, editable=False, null=True)
        ),
        migrations.AlterField(
            "alert",
            "kind",
            models.CharField(
                choices=[
                    ("held", "A digest is held"),
                    ("missed", "A digest was missed"),
                    ("skipped", "A digest was skipped"),
                    ("sending", "Sending is in trouble"),
                    ("doubt", "A digest ended with unconfirmed readers"),
                    ("late", "An approved digest is late"),
                    ("deadline", "Nobody has approved a digest yet"),
                    ("second", "A digest waits for a second person"),
                    ("paused", "A digest is paused, and readers wait"),
                    ("rule", "A rule has decided"),
                    ("preflight", "An approved digest cannot go out"),
                ],
                max_length=10,
            ),
        ),
        migrations.RunPython(note_pauses, migrations.RunPython.noop),
    ]
