"""Digests that correct another one, for the readers of the versions that were wrong."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("digests", "0017_seeds")]
    operations = [
        migrations.AddField(
            "digest",
            "corrects",
            models.ForeignKey(
                blank=True,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="corrections",
                to="digests.digest",
            ),
        ),
        migrations.AddField(
            "digest",
            "wrong_version_ids",
            django.contrib.postgres.fields.ArrayField(
                base_field=models.BigIntegerField(),
                blank=True,
                default=list,
                editable=False,
                size=None,
            ),
        ),
    ]
