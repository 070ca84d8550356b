"""What sources say of pictures, and what is tried when one is refused."""

import subscriptions.validators
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('digests', '0045_question_positions'),
    ]

    operations = [
        migrations.AddField(
            model_name='article',
            name='pictures',
            field=models.JSONField(blank=True, db_default=models.Value([], models.JSONField()), default=list, editable=False),
        ),
        migrations.AddField(
            model_name='item',
            name='image_credit',
            field=models.CharField(blank=True, db_default='', max_length=300, validators=[subscriptions.validators.validate_one_line]),
        ),
    ]
