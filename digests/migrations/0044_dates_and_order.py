"""Dates that nobody knows, the clock of a source, and the order of a feed."""

import subscriptions.validators
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('digests', '0043_sent_tests'),
    ]

    operations = [
        migrations.AlterModelOptions(
            name='article',
            options={'ordering': (models.OrderBy(models.F('published_at'), descending=True, nulls_last=True), models.OrderBy(models.F('seen_at'), descending=True, nulls_last=True), models.OrderBy(models.F('place')), models.OrderBy(models.F('id'), descending=True)), 'verbose_name': 'story', 'verbose_name_plural': 'stories'},
        ),
        migrations.RemoveIndex(
            model_name='article',
            name='article_newest',
        ),
        migrations.AddField(
            model_name='article',
            name='place',
            field=models.PositiveSmallIntegerField(db_default=0, default=0, editable=False),
        ),
        migrations.AddField(
            model_name='article',
            name='seen_at',
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
        migrations.AddField(
            model_name='source',
            name='zone',
            field=models.CharField(blank=True, help_text='Of dates that name none. Empty: the publisher’s.', max_length=64, validators=[subscriptions.validators.validate_zone], verbose_name='time zone'),
        ),
        migrations.AlterField(
            model_name='article',
            name='published_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddIndex(
            model_name='article',
            index=models.Index(models.OrderBy(models.F('published_at'), descending=True, nulls_last=True), models.OrderBy(models.F('seen_at'), descending=True, nulls_last=True), models.OrderBy(models.F('place')), models.OrderBy(models.F('id'), descending=True), name='article_order'),
        ),
    ]
