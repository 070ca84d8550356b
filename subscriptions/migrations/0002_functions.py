"""What Django's models cannot say; sql_files.py has more."""

from django.db import migrations

from subscriptions.sql_files import install

# Of the table that Django makes for SignUp.newsletters: its unique (signup_id, newsletter_id) serves.
INDEX = "subscriptions_signup_newsletters_signup_id_dd7efff0"


class Migration(migrations.Migration):
    dependencies = [("subscriptions", "0001_initial")]
    operations = [
        migrations.RunSQL(
            f"DROP INDEX {INDEX}", f"CREATE INDEX {INDEX} ON subscriptions_signup_newsletters (signup_id)"
        ),
        install("subscriptions", "refuse_update"),
        install("subscriptions", "keep_sign_up"),
        install("subscriptions", "request_sign_up"),
    ]
