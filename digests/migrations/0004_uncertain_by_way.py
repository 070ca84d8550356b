"""Readers in doubt: by default, the way their mail went decides whether it is sent again."""

from django.db import migrations, models

CHOICES = [
    ("by_way", "As the way out suggests: by mail server send again, by service hold"),
    ("resend", "Send again: a second copy is better than none"),
    ("hold", "Hold: staff decide"),
]


class Migration(migrations.Migration):
    dependencies = [("digests", "0002_version_immutable")]
    operations = [
        migrations.AlterField(
            model_name="template",
            name="uncertain_policy",
            field=models.CharField(choices=CHOICES, default="by_way", max_length=8),
        ),
        # “Send again” was the default; by mail server it stays what is done.
        migrations.RunSQL(
            "UPDATE digests_template SET uncertain_policy = 'by_way' WHERE uncertain_policy = 'resend'",
            reverse_sql="UPDATE digests_template SET uncertain_policy = 'resend' WHERE uncertain_policy = 'by_way'",
        ),
    ]
