"""What a digest is, told by what it refers to: PostgreSQL fills the column, of the rows that are there as well."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("digests", "0027_articles_are_stories")]
    operations = [
        migrations.AddField(
            "digest",
            "kind",
            models.GeneratedField(
                expression=models.Case(
                    models.When(urgent_story__isnull=False, then=models.Value("alert")),
                    models.When(corrects__isnull=False, then=models.Value("correction")),
                    default=models.Value("regular"),
                ),
                output_field=models.CharField(
                    choices=[
                        ("regular", "Regular"),
                        ("alert", "News alert"),
                        ("correction", "Correction"),
                    ],
                    max_length=10,
                ),
                db_persist=True,
            ),
        ),
    ]
