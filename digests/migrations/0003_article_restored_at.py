"""A story that staff have restored is not retracted again by its source."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("digests", "0002_functions")]
    operations = [
        migrations.AddField(
            model_name="article",
            name="restored_at",
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
    ]
