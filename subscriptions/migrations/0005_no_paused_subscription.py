"""A reader pauses all newsletters (Subscriber.paused_until); no subscription was ever paused by itself."""

from django.db import migrations, models

STATES = ["pending", "active", "left"]


class Migration(migrations.Migration):
    dependencies = [("subscriptions", "0004_blocked_mailboxes")]
    operations = [
        migrations.RemoveConstraint(model_name="subscription", name="subscription_state_known"),
        migrations.AlterField(
            model_name="subscription",
            name="state",
            field=models.CharField(
                choices=[("pending", "Pending"), ("active", "Active"), ("left", "Unsubscribed")],
                default="pending",
                max_length=10,
            ),
        ),
        migrations.AddConstraint(
            model_name="subscription",
            constraint=models.CheckConstraint(
                condition=models.Q(state__in=STATES), name="subscription_state_known"
            ),
        ),
    ]
