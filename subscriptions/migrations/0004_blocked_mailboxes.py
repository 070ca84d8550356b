"""A block is of the mailbox, not of one of its addresses."""

from django.db import migrations

from subscriptions.sql_files import install


class Migration(migrations.Migration):
    dependencies = [("subscriptions", "0003_forgetting")]
    operations = [
        install("subscriptions", "keep_sign_up"),
        install("subscriptions", "request_sign_up"),
    ]
