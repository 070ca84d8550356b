"""What was approved is what is sent: the database refuses to change a version."""

from django.db import migrations

FORWARD = """
CREATE TRIGGER version_immutable BEFORE UPDATE OF
    digest_id, number, subject, preheader, html, text, headers, article_ids, fingerprint, created_at
    ON digests_version FOR EACH ROW EXECUTE FUNCTION newsroom_refuse_update();
"""
BACKWARD = "DROP TRIGGER version_immutable ON digests_version;"


class Migration(migrations.Migration):
    dependencies = [
        ("digests", "0001_start"),
        ("subscriptions", "0002_consent_append_only"),
    ]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
