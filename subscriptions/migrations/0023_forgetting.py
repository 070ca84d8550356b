"""Who is gone is found by indexes, and of a consent's row an IP address may be forgotten; nothing else of it changes."""

from django.db import migrations, models

FORWARD = """
CREATE FUNCTION newsroom_consent_may_forget() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.ip IS NULL AND NEW.ip_hash = ''
       AND to_jsonb(NEW) - ARRAY['ip', 'ip_hash'] = to_jsonb(OLD) - ARRAY['ip', 'ip_hash'] THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'Rows of % are never changed.', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END
$$;
DROP TRIGGER consent_append_only ON subscriptions_consent;
CREATE TRIGGER consent_append_only BEFORE UPDATE ON subscriptions_consent
    FOR EACH ROW EXECUTE FUNCTION newsroom_consent_may_forget();
"""
BACKWARD = """
DROP TRIGGER consent_append_only ON subscriptions_consent;
CREATE TRIGGER consent_append_only BEFORE UPDATE ON subscriptions_consent
    FOR EACH ROW EXECUTE FUNCTION newsroom_refuse_update();
DROP FUNCTION newsroom_consent_may_forget();
"""


class Migration(migrations.Migration):
    dependencies = [("subscriptions", "0022_sign_up_by_itself")]
    operations = [
        migrations.RunSQL(FORWARD, BACKWARD),
        migrations.AddIndex(
            model_name="consent",
            index=models.Index(
                condition=models.Q(("ip__isnull", False), models.Q(("ip_hash", ""), _negated=True), _connector="OR"),
                fields=["at"],
                name="consent_with_ip",
            ),
        ),
        migrations.AddIndex(
            model_name="subscriber",
            index=models.Index(
                condition=models.Q(("suppressed_at__isnull", False)), fields=["suppressed_at"], name="subscriber_suppressed"
            ),
        ),
        migrations.AddIndex(
            model_name="subscription",
            index=models.Index(condition=models.Q(("state", "left")), fields=["left_at"], name="subscription_left"),
        ),
    ]
