"""What Django's models cannot say; subscriptions/sql_files.py has more."""

from django.db import migrations

from subscriptions.sql_files import install


class Migration(migrations.Migration):
    dependencies = [("digests", "0001_initial"), ("subscriptions", "0002_functions")]
    operations = [
        install("digests", "batch_storage"),
        install("digests", "version_immutable"),
        install("digests", "delivery_view"),
        install("digests", "fast_step"),
        install("digests", "fast_end"),
    ]
