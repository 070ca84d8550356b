"""Consent is proof: the database itself refuses to change a row. (Erasing a reader deletes rows, which stays possible.)"""

from django.db import migrations

FORWARD = """
CREATE FUNCTION newsroom_refuse_update() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'Rows of % are never changed.', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END
$$;
CREATE TRIGGER consent_append_only BEFORE UPDATE ON subscriptions_consent
    FOR EACH ROW EXECUTE FUNCTION newsroom_refuse_update();
"""
BACKWARD = """
DROP TRIGGER consent_append_only ON subscriptions_consent;
DROP FUNCTION newsroom_refuse_update();
"""


class Migration(migrations.Migration):
    dependencies = [("subscriptions", "0001_start")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
