"""A subject test that nobody decides sends the first subject: there was never another rule."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("digests", "0006_renewed_pictures")]
    operations = [migrations.RemoveField(model_name="subjecttest", name="rule")]
