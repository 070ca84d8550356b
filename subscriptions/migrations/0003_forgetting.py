"""Readers who are gone are found by indexes, and the IP address of a consent may be forgotten."""

from django.db import migrations, models

from subscriptions.sql_files import install


class Migration(migrations.Migration):
    dependencies = [("subscriptions", "0002_functions")]
    operations = [
        install("subscriptions", "consent_may_forget"),
        migrations.AddIndex(
            model_name="consent",
            index=models.Index(
                condition=models.Q(("ip__isnull", False), models.Q(("ip_hash", ""), _negated=True), _connector="OR"),
                fields=["at"],
                name="consent_with_ip",
            ),
        ),
        migrations.AddIndex(
            model_name="subscriber",
            index=models.Index(
                condition=models.Q(("suppressed_at__isnull", False)), fields=["suppressed_at"], name="subscriber_suppressed"
            ),
        ),
        migrations.AddIndex(
            model_name="subscription",
            index=models.Index(condition=models.Q(("state", "left")), fields=["left_at"], name="subscription_left"),
        ),
    ]
