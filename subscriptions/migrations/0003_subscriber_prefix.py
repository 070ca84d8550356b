import django.contrib.postgres.indexes
import django.db.models.functions.text
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("subscriptions", "0002_consent_append_only")]

    operations = [
        migrations.AddIndex(
            model_name="subscriber",
            index=models.Index(
                django.contrib.postgres.indexes.OpClass(
                    django.db.models.functions.text.Lower("address"), name="text_pattern_ops"
                ),
                name="subscriber_address_prefix",
            ),
        ),
    ]
