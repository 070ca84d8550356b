"""The whole of a sign-up in one call: a form that thousands send at once costs one round trip each.

Every statement of a volatile function sees what others have committed by then, so the row lock on the reader makes
two requests of one address go one after the other, as subscriptions/sign_up/opt_in.py says.
"""

from django.db import migrations, models

FORWARD = """
CREATE FUNCTION newsroom_keep_sign_up(
    slugs text[], hash bytea, rows jsonb, at timestamptz, pause interval, letters_a_day integer,
    OUT is_offered boolean, OUT letter_id bigint
) LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    wanted bigint[];
    fresh bigint[];
    reader bigint;
    asked subscriptions_signup;
    given_address text := rows->'subscriber'->>'address';
    needs_letter boolean;
BEGIN
    SELECT array_agg(id ORDER BY array_position(slugs, slug::text)) INTO wanted
      FROM subscriptions_newsletter WHERE slug = ANY (slugs) AND state = 'live';
    is_offered := coalesce(cardinality(wanted), 0) = cardinality(slugs);
    IF NOT is_offered THEN
        RETURN;
    END IF;

    -- Locked only so that the commit is written out, as it is for every other address: time tells nothing then.
    PERFORM FROM subscriptions_suppression WHERE address_hash = hash FOR NO KEY UPDATE;
    IF FOUND THEN
        RETURN;
    END IF;
    PERFORM FROM subscriptions_signupblock WHERE address_hash = hash AND until > at FOR NO KEY UPDATE;
    IF FOUND THEN
        RETURN;
    END IF;

    -- Not against foreign keys: a consent of the same reader may be written meanwhile, as leaving does.
    SELECT id INTO reader FROM subscriptions_subscriber
     WHERE lower(address) = lower(given_address) FOR NO KEY UPDATE;
    IF reader IS NULL THEN
        INSERT INTO subscriptions_subscriber
        SELECT r.* FROM jsonb_populate_record(NULL::subscriptions_subscriber,
            rows->'subscriber' || jsonb_build_object('id', nextval('subscriptions_subscriber_id_seq'))) r
        ON CONFLICT DO NOTHING RETURNING id INTO reader;
    END IF;
    IF reader IS NULL THEN  -- two first requests at once: the index let the other one in
        SELECT id INTO STRICT reader FROM subscriptions_subscriber
         WHERE lower(address) = lower(given_address) FOR NO KEY UPDATE;
    END IF;

    SELECT array_agg(n ORDER BY place) INTO wanted
      FROM unnest(wanted) WITH ORDINALITY AS each (n, place) WHERE NOT EXISTS (
        SELECT FROM subscriptions_subscription
         WHERE subscriber_id = reader AND newsletter_id = n AND state = 'active');
    IF wanted IS NULL THEN
        RETURN;
    END IF;

    SELECT * INTO asked FROM subscriptions_signup WHERE subscriber_id = reader AND confirmed_at IS NULL;
    needs_letter := asked.id IS NULL OR asked.requested_at <= at - pause;
    IF needs_letter AND letters_a_day <= (
        SELECT count(*) FROM subscriptions_letter
         WHERE subscriber_id = reader AND kind = rows->'letter'->>'kind' AND created_at > at - interval '1 day')
    THEN
        needs_letter := false;
        IF asked.id IS NULL THEN
            RETURN;
        END IF;
    END IF;

    IF asked.id IS NULL THEN
        asked := jsonb_populate_record(NULL::subscriptions_signup,
            rows->'sign_up' || jsonb_build_object('id', nextval('subscriptions_signup_id_seq')) || jsonb_build_object('subscriber_id', reader));
        INSERT INTO subscriptions_signup SELECT asked.*;
    ELSIF needs_letter THEN
        IF asked.expires_at <= at THEN
            DELETE FROM subscriptions_signup_newsletters WHERE signup_id = asked.id;
        END IF;
        asked := jsonb_populate_record(asked, rows->'sign_up' || jsonb_build_object('subscriber_id', reader));
        UPDATE subscriptions_signup s
           SET public_id = asked.public_id, requested_at = asked.requested_at, expires_at = asked.expires_at,
               embedded_form_id = asked.embedded_form_id, source_url = asked.source_url
         WHERE s.id = asked.id;
    END IF;

    SELECT array_agg(n ORDER BY place) INTO fresh
      FROM unnest(wanted) WITH ORDINALITY AS each (n, place) WHERE NOT EXISTS (
        SELECT FROM subscriptions_signup_newsletters WHERE signup_id = asked.id AND newsletter_id = n);
    IF fresh IS NOT NULL THEN
        -- One who had left stays left until the letter is answered.
        INSERT INTO subscriptions_subscription
        SELECT r.* FROM unnest(fresh) n, jsonb_populate_record(NULL::subscriptions_subscription,
            rows->'subscription' || jsonb_build_object('id', nextval('subscriptions_subscription_id_seq'))
            || jsonb_build_object('subscriber_id', reader, 'newsletter_id', n)) r
        ON CONFLICT DO NOTHING;
        INSERT INTO subscriptions_signup_newsletters (signup_id, newsletter_id) SELECT asked.id, unnest(fresh);
        INSERT INTO subscriptions_consent
        SELECT r.* FROM unnest(fresh) n, jsonb_populate_record(NULL::subscriptions_consent,
            rows->'consent' || jsonb_build_object('id', nextval('subscriptions_consent_id_seq'))
            || jsonb_build_object('subscriber_id', reader, 'newsletter_id', n)) r;
    END IF;

    IF needs_letter THEN
        INSERT INTO subscriptions_letter
        SELECT r.* FROM jsonb_populate_record(NULL::subscriptions_letter,
            rows->'letter' || jsonb_build_object('id', nextval('subscriptions_letter_id_seq')) || jsonb_build_object('subscriber_id', reader)) r
        RETURNING id INTO letter_id;
    END IF;
END
$$;

-- Who may not be written to, or needs no letter, takes as long as everybody else: the same work is done for an address
-- that does not exist, and undone.
CREATE FUNCTION newsroom_request_sign_up(
    slugs text[], hash bytea, rows jsonb, at timestamptz, pause interval, letters_a_day integer,
    OUT is_offered boolean, OUT letter_id bigint
) LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    nobody jsonb;
BEGIN
    SELECT k.is_offered, k.letter_id INTO is_offered, letter_id
      FROM newsroom_keep_sign_up(slugs, hash, rows, at, pause, letters_a_day) k;
    IF NOT is_offered OR letter_id IS NOT NULL THEN
        RETURN;
    END IF;
    nobody := to_jsonb((rows->'subscriber'->>'public_id') || '@nobody.invalid');
    BEGIN
        PERFORM newsroom_keep_sign_up(
            slugs, ''::bytea, jsonb_set(rows, '{subscriber,address}', nobody), at, pause, letters_a_day);
        RAISE EXCEPTION 'undo' USING ERRCODE = 'NR000';
    EXCEPTION WHEN SQLSTATE 'NR000' THEN
        NULL;
    END;
END
$$;
"""
BACKWARD = """
DROP FUNCTION newsroom_request_sign_up;
DROP FUNCTION newsroom_keep_sign_up;
"""


class Migration(migrations.Migration):
    dependencies = [("subscriptions", "0004_reader_pause")]
    operations = [
        migrations.CreateModel(
            name="SignUpBlock",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("address_hash", models.BinaryField(max_length=32, unique=True)),
                ("until", models.DateTimeField(db_index=True)),
            ],
        ),
        migrations.CreateModel(
            name="SpentProof",
            fields=[
                ("signature", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("expires_at", models.DateTimeField(db_index=True)),
            ],
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]
