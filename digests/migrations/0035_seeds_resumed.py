"""When staff let a digest go on that a seed had stopped: what goes on or has gone on has been resumed."""

from django.db import migrations, models
from django.db.models.functions import Now


def note_what_goes_on(apps, schema_editor):  # noqa: ANN001, ANN201 - Django's call
    holds = apps.get_model("digests", "SeedHold").objects.filter(stopped_at__isnull=False)
    digests = apps.get_model("digests", "Digest").objects.filter(
        state__in=["frozen", "sending", "sent"]
    )
    holds.filter(digest__in=digests).update(resumed_at=Now())


class Migration(migrations.Migration):
    dependencies = [("digests", "0034_late_alert")]
    operations = [
        migrations.AddField("seedhold", "resumed_at", models.DateTimeField(blank=True, null=True)),
        migrations.RunPython(note_what_goes_on, migrations.RunPython.noop),
    ]
