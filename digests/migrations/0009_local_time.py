"""Delivery at each reader's local time: batches have a time and an end of their own."""

from django.db import migrations, models
from django.utils import timezone

from digests.choices import PastRule

FROM_DIGEST = """
UPDATE digests_batch b SET opens_at = d.due_at, expires_at = d.expires_at
  FROM digests_digest d WHERE d.id = b.digest_id
"""


class Migration(migrations.Migration):
    dependencies = [("digests", "0008_digest_of_day")]
    operations = [
        migrations.AddField(
            "schedule",
            "is_local_time",
            models.BooleanField(
                default=False,
                help_text="Readers get it when their own clocks show this time; who has told no zone gets it by this one.",
                verbose_name="at each reader’s local time",
            ),
        ),
        migrations.AddField(
            "schedule",
            "past_rule",
            models.CharField(
                choices=PastRule.choices,
                default="now",
                help_text="For readers whose time has come before the digest was ready.",
                max_length=4,
                verbose_name="where that is past already",
            ),
        ),
        migrations.AddField("digest", "local_time", models.TimeField(blank=True, null=True)),
        migrations.AddField(
            "digest",
            "past_rule",
            models.CharField(choices=PastRule.choices, default="now", max_length=4),
        ),
        migrations.AddField(
            "batch", "opens_at", models.DateTimeField(default=timezone.now), preserve_default=False
        ),
        migrations.AddField(
            "batch",
            "expires_at",
            models.DateTimeField(default=timezone.now),
            preserve_default=False,
        ),
        migrations.RunSQL(FROM_DIGEST, migrations.RunSQL.noop),
    ]
