"""A slice whose worker never came back is told apart from one that was answered."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("digests", "0002_version_immutable")]
    operations = [
        migrations.AddField(
            model_name="slice",
            name="is_lost",
            field=models.BooleanField(db_default=False, default=False),
        ),
    ]
