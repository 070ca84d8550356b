"""Why a digest is in its state is a code with facts; texts that were kept become notes."""

from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.models.functions import JSONObject


def keep_texts(apps: Apps, _editor: BaseDatabaseSchemaEditor) -> None:
    digests = apps.get_model("digests", "Digest").objects.exclude(state_reason="")
    digests.update(reason="note", reason_facts=JSONObject(text=models.F("state_reason")))


class Migration(migrations.Migration):
    dependencies = [("digests", "0003_article_restored_at")]
    operations = [
        migrations.AddField(
            model_name="digest",
            name="reason",
            field=models.CharField(
                blank=True, db_default="", default="", editable=False, max_length=20
            ),
        ),
        migrations.AddField(
            model_name="digest",
            name="reason_facts",
            field=models.JSONField(
                blank=True,
                db_default=models.Value({}, models.JSONField()),
                default=dict,
                editable=False,
            ),
        ),
        migrations.RunPython(keep_texts, migrations.RunPython.noop, elidable=True),
        migrations.RemoveField(model_name="digest", name="state_reason"),
        migrations.AddConstraint(
            model_name="digest",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    reason__in=[
                        "",
                        "note",
                        "findings",
                        "too_few_stories",
                        "not_approved",
                        "skipped_by_rule",
                        "withdrawn",
                        "discarded",
                        "skipped",
                        "moved",
                        "taken_back",
                        "nothing_ran",
                        "not_released",
                        "late",
                        "nobody_left",
                        "everybody_has_it",
                        "stopped_by_seed",
                        "workers_lost",
                        "cannot_be_sent",
                        "refusals",
                    ]
                ),
                name="digest_reason_known",
            ),
        ),
    ]
