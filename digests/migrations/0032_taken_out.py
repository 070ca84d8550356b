"""Which story was taken out of a digest under way, with the approval of what was left."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("digests", "0031_rich_text_bounds")]
    operations = [
        migrations.AddField("approval", "taken_out", models.CharField(blank=True, max_length=300)),
    ]
