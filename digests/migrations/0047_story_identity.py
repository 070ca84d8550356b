"""What a story is known by: its ids in feeds and the addresses that it has had."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

# As assembly/identity.py makes them; where two rows had one address in two spellings, the older one keeps it.
ADDRESSES = r"""
INSERT INTO digests_storyaddress (key, article_id)
SELECT DISTINCT ON (key) key, id
  FROM (SELECT id, left(regexp_replace(regexp_replace(
                 url, '^https?://(www\.|amp\.)?', ''), '((/amp)?/?$|/(?=\?))', ''), 600) AS key
          FROM digests_article) spelled
 WHERE key <> ''
 ORDER BY key, id
"""
SIGHTINGS = """
INSERT INTO digests_sighting (article_id, source_id, guid, tags, seen_at)
SELECT id, source_id, '', tags, coalesce(seen_at, first_seen_at) FROM digests_article WHERE source_id IS NOT NULL
"""


class Migration(migrations.Migration):

    dependencies = [
        ('digests', '0046_picture_credits'),
    ]

    operations = [
        migrations.AddField(
            model_name='source',
            name='asked_in_full_at',
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
        migrations.AddField(
            model_name='source',
            name='warnings',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=500), blank=True, db_default=[], default=list, editable=False, size=None),
        ),
        migrations.AlterField(
            model_name='article',
            name='url',
            field=models.URLField(db_index=True, help_text='The canonical address.', max_length=2000),
        ),
        migrations.CreateModel(
            name='StoryAddress',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(max_length=600, unique=True)),
                ('article', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='addresses', to='digests.article')),
            ],
        ),
        migrations.CreateModel(
            name='Sighting',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('guid', models.CharField(blank=True, max_length=500)),
                ('tags', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=80), blank=True, default=list, size=None)),
                ('seen_at', models.DateTimeField()),
                ('article', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='sightings', to='digests.article')),
                ('source', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='sightings', to='digests.source')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('source', 'article'), name='sighting_once_a_source'), models.UniqueConstraint(condition=models.Q(('guid', ''), _negated=True), fields=('source', 'guid'), name='sighting_guid_once_a_source')],
            },
        ),
        migrations.RunSQL(ADDRESSES, migrations.RunSQL.noop),
        migrations.RunSQL(SIGHTINGS, migrations.RunSQL.noop),
    ]
