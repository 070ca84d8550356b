"""Sign-ups of the same moment in one call, each row written with its types: what a sign-up costs is mostly the call.

They go by address, so that two calls never wait for each other. Every statement of a volatile function sees what others
have committed by then, so the row lock on the reader makes two requests of one address go one after the other, as
subscriptions/sign_up/opt_in.py says.
"""

from django.db import migrations

FORWARD = """
DROP FUNCTION newsroom_request_sign_up;
DROP FUNCTION newsroom_keep_sign_up;

CREATE TYPE newsroom_sign_up AS (
    place integer, address text, address_hash bytea, newsletters text[], language text,
    at timestamptz, expires_at timestamptz, reader_id text, sign_up_id text, letter_id text,
    wording text, form text, embedded_form_id bigint, source_url text, ip inet, ip_hash text
);

CREATE FUNCTION newsroom_keep_sign_up(
    wish newsroom_sign_up, letter_kind text, pause interval, letters_a_day integer,
    OUT is_offered boolean, OUT letter bigint
) LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    wanted bigint[];
    fresh bigint[];
    reader bigint;
    asked subscriptions_signup;
    needs_letter boolean;
BEGIN
    SELECT array_agg(id ORDER BY array_position(wish.newsletters, slug::text)) INTO wanted
      FROM subscriptions_newsletter WHERE slug = ANY (wish.newsletters) AND state = 'live';
    is_offered := coalesce(cardinality(wanted), 0) = cardinality(wish.newsletters);
    IF NOT is_offered THEN
        RETURN;
    END IF;

    -- Locked only so that the commit is written out, as it is for every other address: time tells nothing then.
    PERFORM FROM subscriptions_suppression WHERE address_hash = wish.address_hash FOR NO KEY UPDATE;
    IF FOUND THEN
        RETURN;
    END IF;
    PERFORM FROM subscriptions_signupblock
      WHERE address_hash = wish.address_hash AND until > wish.at FOR NO KEY UPDATE;
    IF FOUND THEN
        RETURN;
    END IF;

    -- Not against foreign keys: a consent of the same reader may be written meanwhile, as leaving does.
    SELECT id INTO reader FROM subscriptions_subscriber
     WHERE lower(address) = lower(wish.address) FOR NO KEY UPDATE;
    IF reader IS NULL THEN
        INSERT INTO subscriptions_subscriber (public_id, address, zone, language, created_at, tracking)
        VALUES (wish.reader_id, wish.address, '', wish.language, wish.at, '')
        ON CONFLICT DO NOTHING RETURNING id INTO reader;
    END IF;
    IF reader IS NULL THEN  -- two first requests at once: the index let the other one in
        SELECT id INTO STRICT reader FROM subscriptions_subscriber
         WHERE lower(address) = lower(wish.address) FOR NO KEY UPDATE;
    END IF;

    SELECT array_agg(n ORDER BY place) INTO wanted
      FROM unnest(wanted) WITH ORDINALITY AS each (n, place) WHERE NOT EXISTS (
        SELECT FROM subscriptions_subscription
         WHERE subscriber_id = reader AND newsletter_id = n AND state = 'active');
    IF wanted IS NULL THEN
        RETURN;
    END IF;

    SELECT * INTO asked FROM subscriptions_signup WHERE subscriber_id = reader AND confirmed_at IS NULL;
    needs_letter := asked.id IS NULL OR asked.requested_at <= wish.at - pause;
    IF needs_letter AND letters_a_day <= (
        SELECT count(*) FROM subscriptions_letter
         WHERE subscriber_id = reader AND kind = letter_kind AND created_at > wish.at - interval '1 day')
    THEN
        needs_letter := false;
        IF asked.id IS NULL THEN
            RETURN;
        END IF;
    END IF;

    IF asked.id IS NULL THEN
        INSERT INTO subscriptions_signup
            (public_id, subscriber_id, requested_at, expires_at, embedded_form_id, source_url)
        VALUES (wish.sign_up_id, reader, wish.at, wish.expires_at, wish.embedded_form_id, wish.source_url)
        RETURNING id INTO asked.id;
    ELSIF needs_letter THEN
        IF asked.expires_at <= wish.at THEN
            DELETE FROM subscriptions_signup_newsletters WHERE signup_id = asked.id;
        END IF;
        UPDATE subscriptions_signup
           SET public_id = wish.sign_up_id, requested_at = wish.at, expires_at = wish.expires_at,
               embedded_form_id = wish.embedded_form_id, source_url = wish.source_url
         WHERE id = asked.id;
    END IF;

    SELECT array_agg(n ORDER BY place) INTO fresh
      FROM unnest(wanted) WITH ORDINALITY AS each (n, place) WHERE NOT EXISTS (
        SELECT FROM subscriptions_signup_newsletters WHERE signup_id = asked.id AND newsletter_id = n);
    IF fresh IS NOT NULL THEN
        -- One who had left stays left until the letter is answered.
        INSERT INTO subscriptions_subscription (subscriber_id, newsletter_id, state, created_at)
        SELECT reader, unnest(fresh), 'pending', wish.at ON CONFLICT DO NOTHING;
        INSERT INTO subscriptions_signup_newsletters (signup_id, newsletter_id) SELECT asked.id, unnest(fresh);
        INSERT INTO subscriptions_consent
            (subscriber_id, newsletter_id, action, at, wording, form, embedded_form_id, source_url, ip, ip_hash)
        SELECT reader, unnest(fresh), 'requested', wish.at, wish.wording, wish.form, wish.embedded_form_id,
               wish.source_url, wish.ip, wish.ip_hash;
    END IF;

    IF needs_letter THEN
        INSERT INTO subscriptions_letter
            (public_id, kind, address, subscriber_id, context, state, created_at, due_at, expires_at, attempts, last_error)
        VALUES (wish.letter_id, letter_kind, wish.address, reader, jsonb_build_object('sign_up', wish.sign_up_id),
                'pending', wish.at, wish.at, wish.expires_at, 0, '')
        RETURNING id INTO letter;
    END IF;
END
$$;

-- Fails when a reader's row is held for longer than patience; NULL: waits, and this transaction's own setting counts.
CREATE FUNCTION newsroom_request_sign_ups(
    wishes json, patience text, letter_kind text, pause interval, letters_a_day integer,
    OUT place integer, OUT is_offered boolean, OUT letter bigint
) RETURNS SETOF record LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    wish newsroom_sign_up;
BEGIN
    IF patience IS NOT NULL THEN
        PERFORM set_config('lock_timeout', patience, true);
    END IF;
    FOR wish IN
        SELECT w.* FROM json_populate_recordset(NULL::newsroom_sign_up, wishes) w ORDER BY lower(w.address), w.place
    LOOP
        place := wish.place;
        SELECT k.is_offered, k.letter INTO is_offered, letter
          FROM newsroom_keep_sign_up(wish, letter_kind, pause, letters_a_day) k;
        -- Who may not be written to, or needs no letter, takes as long as everybody else: the same work is done for
        -- an address that does not exist, and undone.
        IF is_offered AND letter IS NULL THEN
            wish.address := wish.reader_id || '@nobody.invalid';
            wish.address_hash := '';
            BEGIN
                PERFORM newsroom_keep_sign_up(wish, letter_kind, pause, letters_a_day);
                RAISE EXCEPTION 'undo' USING ERRCODE = 'NR000';
            EXCEPTION WHEN SQLSTATE 'NR000' THEN
                NULL;
            END;
        END IF;
        RETURN NEXT;
    END LOOP;
END
$$;
"""


def back(apps, schema_editor):
    """To the functions of before."""
    from importlib import import_module

    before = import_module("subscriptions.migrations.0005_sign_up_request")
    schema_editor.execute(
        "DROP FUNCTION newsroom_request_sign_ups; DROP FUNCTION newsroom_keep_sign_up; DROP TYPE newsroom_sign_up;"
    )
    schema_editor.execute(before.FORWARD)


class Migration(migrations.Migration):
    dependencies = [("subscriptions", "0011_reader_traces")]
    operations = [
        migrations.RunPython(lambda apps, schema_editor: schema_editor.execute(FORWARD), back),
    ]
