"""What sources have corrected since a story was picked, and what editors made of it."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('digests', '0047_story_identity'),
    ]

    operations = [
        migrations.AddField(
            model_name='digest',
            name='corrected_words',
            field=models.JSONField(blank=True, db_default=models.Value({}, models.JSONField()), default=dict, editable=False),
        ),
        migrations.AddField(
            model_name='item',
            name='is_kept',
            field=models.BooleanField(db_default=False, default=False, editable=False),
        ),
        migrations.AddField(
            model_name='item',
            name='seen_picture',
            field=models.CharField(blank=True, db_default='', editable=False, max_length=2000),
        ),
    ]
