"""Without the indexes that no query uses: three for LIKE on random ids, and two whose columns begin another one."""

import django.db.models.deletion
import subscriptions.public_ids
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('subscriptions', '0012_sign_ups_at_once'),
    ]

    operations = [
        migrations.AlterField(
            model_name='letter',
            name='public_id',
            field=models.CharField(default=subscriptions.public_ids.new_public_id, editable=False, max_length=16),
        ),
        migrations.AlterField(
            model_name='signup',
            name='public_id',
            field=models.CharField(default=subscriptions.public_ids.new_public_id, editable=False, max_length=16),
        ),
        migrations.AlterField(
            model_name='subscriber',
            name='public_id',
            field=models.CharField(default=subscriptions.public_ids.new_public_id, editable=False, max_length=16),
        ),
        migrations.AlterField(
            model_name='subscription',
            name='subscriber',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='subscriptions', to='subscriptions.subscriber'),
        ),
        migrations.AddConstraint(
            model_name='letter',
            constraint=models.UniqueConstraint(fields=('public_id',), name='letter_public_id_once'),
        ),
        migrations.AddConstraint(
            model_name='signup',
            constraint=models.UniqueConstraint(fields=('public_id',), name='sign_up_public_id_once'),
        ),
        migrations.AddConstraint(
            model_name='subscriber',
            constraint=models.UniqueConstraint(fields=('public_id',), name='subscriber_public_id_once'),
        ),
        # Of the table that Django makes for SignUp.newsletters: its unique (signup_id, newsletter_id) serves.
        migrations.RunSQL(
            "DROP INDEX IF EXISTS subscriptions_signup_newsletters_signup_id_dd7efff0",
            "CREATE INDEX subscriptions_signup_newsletters_signup_id_dd7efff0 ON subscriptions_signup_newsletters (signup_id)",
        ),
    ]
