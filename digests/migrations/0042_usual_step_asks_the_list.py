"""The usual step looks for its readers on the list of suppressed addresses, too."""

from pathlib import Path

from django.db import migrations


STEP = (Path(__file__).parents[1] / "sql" / "usual_step.sql").read_text(encoding="utf-8")


class Migration(migrations.Migration):
    dependencies = [("digests", "0041_folding"), ("subscriptions", "0019_folding")]
    # The function of before reads the same columns: going back leaves this one.
    operations = [migrations.RunSQL(STEP, migrations.RunSQL.noop)]
