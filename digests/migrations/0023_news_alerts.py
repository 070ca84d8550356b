"""News alerts: digests about one story, at most one that stands for each newsletter and story."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("digests", "0022_template_look")]
    operations = [
        migrations.AddField(
            "digest",
            "urgent_story",
            models.ForeignKey(
                blank=True,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="news_alerts",
                to="digests.article",
            ),
        ),
        migrations.AddConstraint(
            "digest",
            models.UniqueConstraint(
                fields=["newsletter", "urgent_story"],
                condition=models.Q(urgent_story__isnull=False)
                & ~models.Q(state__in=["cancelled", "skipped", "missed"]),
                name="news_alert_once_a_story",
            ),
        ),
    ]
