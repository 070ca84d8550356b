"""Sign-ups of the same moment in a few statements for all of them: by then a statement cost more than a row.

Both functions take over where those of sign_ups_at_once stood, and promise what subscriptions/sign_up/opt_in.py says.
Whatever is locked is locked in the order of hash or address, so that two calls do not wait for each other crosswise;
where they still would, since one of their readers was made in that moment, `patience` ends the call.
"""

from importlib import import_module

from django.db import migrations

FORWARD = """
DROP FUNCTION newsroom_request_sign_ups;
DROP FUNCTION newsroom_keep_sign_up;

-- Of wishes with an address each of its own. A few rows are looked up in tables of millions: nothing else is ever to be
-- planned, even where a table was still empty when the plan was made, and planning it once is enough.
CREATE FUNCTION newsroom_keep_sign_ups(
    wishes newsroom_sign_up[], letter_kind text, pause interval, letters_a_day integer,
    OUT place integer, OUT is_offered boolean, OUT letter bigint
) RETURNS SETOF record LANGUAGE plpgsql VOLATILE
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off
SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_column
DECLARE
    offered newsroom_sign_up[];
    closed bytea[];
    askable newsroom_sign_up[];
    names text[];
    locked integer;
    made integer;
BEGIN
    offered := ARRAY(
        SELECT w FROM unnest(wishes) w WHERE NOT EXISTS (
            SELECT FROM unnest(w.newsletters) AS each (slug) WHERE NOT EXISTS (
                SELECT FROM subscriptions_newsletter n WHERE n.slug = each.slug AND n.state = 'live')));

    -- Locked only so that the commit is written out, as it is for every other address: time tells nothing then.
    closed := ARRAY(
        SELECT s.address_hash FROM unnest(offered) w
          JOIN subscriptions_suppression s ON s.address_hash = w.address_hash
         ORDER BY s.address_hash FOR NO KEY UPDATE OF s
    ) || ARRAY(
        SELECT b.address_hash FROM unnest(offered) w
          JOIN subscriptions_signupblock b ON b.address_hash = w.address_hash AND b.until > w.at
         ORDER BY b.address_hash FOR NO KEY UPDATE OF b);
    askable := ARRAY(SELECT w FROM unnest(offered) w WHERE w.address_hash <> ALL (closed));
    names := ARRAY(SELECT lower(w.address) FROM unnest(askable) w);

    -- Not against foreign keys: a consent of the same reader may be written meanwhile, as leaving does.
    PERFORM FROM subscriptions_subscriber WHERE lower(address) = ANY (names)
      ORDER BY lower(address) FOR NO KEY UPDATE;
    GET DIAGNOSTICS locked = ROW_COUNT;
    IF locked < cardinality(names) THEN
        INSERT INTO subscriptions_subscriber (public_id, address, zone, language, created_at, tracking)
        SELECT w.reader_id, w.address, '', w.language, w.at, '' FROM unnest(askable) w
         WHERE NOT EXISTS (SELECT FROM subscriptions_subscriber r WHERE lower(r.address) = lower(w.address))
         ORDER BY lower(w.address)
        ON CONFLICT DO NOTHING;
        GET DIAGNOSTICS made = ROW_COUNT;
        IF locked + made < cardinality(names) THEN  -- first requests of two calls at once: the other one was let in
            PERFORM FROM subscriptions_subscriber WHERE lower(address) = ANY (names)
              ORDER BY lower(address) FOR NO KEY UPDATE;
        END IF;
    END IF;

    -- A statement of its own, since it sees what others have committed until all of them were locked.
    RETURN QUERY
    WITH wanted AS MATERIALIZED (
        SELECT w.place, r.id AS reader, n.id AS newsletter, each.ordinality AS nth
          FROM unnest(askable) w
          JOIN subscriptions_subscriber r ON lower(r.address) = lower(w.address)
         CROSS JOIN LATERAL unnest(w.newsletters) WITH ORDINALITY AS each (slug)
          JOIN subscriptions_newsletter n ON n.slug = each.slug
         WHERE NOT EXISTS (
            SELECT FROM subscriptions_subscription s
             WHERE s.subscriber_id = r.id AND s.newsletter_id = n.id AND s.state = 'active')
    ), asked AS MATERIALIZED (
        SELECT w.*, v.reader, s.id AS sign_up, s.expires_at <= w.at AS is_over,
               (s.id IS NULL OR s.requested_at <= w.at - pause) AND letters_a_day > (
                SELECT count(*) FROM subscriptions_letter l
                 WHERE l.subscriber_id = v.reader AND l.kind = letter_kind AND l.created_at > w.at - interval '1 day'
               ) AS needs_letter
          FROM (SELECT DISTINCT place, reader FROM wanted) v
          JOIN unnest(askable) w ON w.place = v.place
          LEFT JOIN subscriptions_signup s ON s.subscriber_id = v.reader AND s.confirmed_at IS NULL
    ), begun AS (
        INSERT INTO subscriptions_signup
            (public_id, subscriber_id, requested_at, expires_at, embedded_form_id, source_url)
        SELECT a.sign_up_id, a.reader, a.at, a.expires_at, a.embedded_form_id, a.source_url
          FROM asked a WHERE a.sign_up IS NULL AND a.needs_letter
        RETURNING id, subscriber_id
    ), renewed AS (
        UPDATE subscriptions_signup s
           SET public_id = a.sign_up_id, requested_at = a.at, expires_at = a.expires_at,
               embedded_form_id = a.embedded_form_id, source_url = a.source_url
          FROM asked a WHERE s.id = a.sign_up AND a.needs_letter
    ), forgotten AS (
        DELETE FROM subscriptions_signup_newsletters c USING asked a
         WHERE c.signup_id = a.sign_up AND a.needs_letter AND a.is_over AND NOT EXISTS (
            SELECT FROM wanted v WHERE v.place = a.place AND v.newsletter = c.newsletter_id)
    ), fresh AS MATERIALIZED (
        SELECT a.*, v.newsletter, coalesce(a.sign_up, b.id) AS request
          FROM asked a
          JOIN wanted v ON v.place = a.place
          LEFT JOIN begun b ON b.subscriber_id = a.reader
         WHERE b.id IS NOT NULL OR a.needs_letter AND a.is_over OR a.sign_up IS NOT NULL AND NOT EXISTS (
            SELECT FROM subscriptions_signup_newsletters c
             WHERE c.signup_id = a.sign_up AND c.newsletter_id = v.newsletter)
         ORDER BY lower(a.address), v.nth
    ), tied AS (  -- one who had left stays left until the letter is answered
        INSERT INTO subscriptions_subscription (subscriber_id, newsletter_id, state, created_at)
        SELECT f.reader, f.newsletter, 'pending', f.at FROM fresh f
        ON CONFLICT DO NOTHING
    ), chosen AS (
        INSERT INTO subscriptions_signup_newsletters (signup_id, newsletter_id)
        SELECT f.request, f.newsletter FROM fresh f
        ON CONFLICT DO NOTHING
    ), proved AS (
        INSERT INTO subscriptions_consent
            (subscriber_id, newsletter_id, action, at, wording, form, embedded_form_id, source_url, ip, ip_hash)
        SELECT f.reader, f.newsletter, 'requested', f.at, f.wording, f.form, f.embedded_form_id, f.source_url,
               f.ip, f.ip_hash
          FROM fresh f
    ), written AS (
        INSERT INTO subscriptions_letter
            (public_id, kind, address, subscriber_id, context, state, created_at, due_at, expires_at, attempts, last_error)
        SELECT a.letter_id, letter_kind, a.address, a.reader, jsonb_build_object('sign_up', a.sign_up_id),
               'pending', a.at, a.at, a.expires_at, 0, ''
          FROM asked a WHERE a.needs_letter
        RETURNING id, public_id
    )
    SELECT w.place, EXISTS (SELECT FROM unnest(offered) o WHERE o.place = w.place), l.id
      FROM unnest(wishes) w LEFT JOIN written l ON l.public_id = w.letter_id;
END
$$;

-- Fails when a reader's row is held for longer than patience; NULL: waits, and this transaction's own setting counts.
CREATE FUNCTION newsroom_request_sign_ups(
    wishes json, patience text, letter_kind text, pause interval, letters_a_day integer,
    OUT place integer, OUT is_offered boolean, OUT letter bigint
) RETURNS SETOF record LANGUAGE plpgsql VOLATILE AS $$
#variable_conflict use_column
DECLARE
    once newsroom_sign_up[];
    wish newsroom_sign_up;
    silent integer[];
    nobodies newsroom_sign_up[];
BEGIN
    IF patience IS NOT NULL THEN
        PERFORM set_config('lock_timeout', patience, true);
    END IF;
    -- An address that is there twice has its second turn after the first.
    FOR once IN
        SELECT array_agg(t.wish) FROM (
            SELECT w AS wish, row_number() OVER (PARTITION BY lower(w.address) ORDER BY w.place) AS turn
              FROM json_populate_recordset(NULL::newsroom_sign_up, wishes) w) t
         GROUP BY t.turn ORDER BY t.turn
    LOOP
        silent := '{}';
        FOR place, is_offered, letter IN
            SELECT k.place, k.is_offered, k.letter FROM newsroom_keep_sign_ups(once, letter_kind, pause, letters_a_day) k
        LOOP
            IF is_offered AND letter IS NULL THEN
                silent := silent || place;
            END IF;
            RETURN NEXT;
        END LOOP;
        CONTINUE WHEN silent = '{}';
        -- Who may not be written to, or needs no letter, takes as long as everybody else: the same work is done for
        -- addresses that do not exist, and undone.
        nobodies := '{}';
        FOREACH wish IN ARRAY once LOOP
            IF wish.place = ANY (silent) THEN
                wish.address := wish.reader_id || '@nobody.invalid';
                wish.address_hash := '';
                nobodies := nobodies || wish;
            END IF;
        END LOOP;
        BEGIN
            PERFORM newsroom_keep_sign_ups(nobodies, letter_kind, pause, letters_a_day);
            RAISE EXCEPTION 'undo' USING ERRCODE = 'NR000';
        EXCEPTION WHEN SQLSTATE 'NR000' THEN
            NULL;
        END;
    END LOOP;
END
$$;
"""


def forward(apps, schema_editor):
    schema_editor.execute(FORWARD)


def back(apps, schema_editor):
    """To the functions of before, which use the same type."""
    before = import_module("subscriptions.migrations.0012_sign_ups_at_once").FORWARD
    functions = before[before.index("CREATE FUNCTION newsroom_keep_sign_up(") :]
    schema_editor.execute(
        "DROP FUNCTION newsroom_request_sign_ups; DROP FUNCTION newsroom_keep_sign_ups;" + functions
    )


class Migration(migrations.Migration):
    dependencies = [("subscriptions", "0013_fewer_indexes")]
    operations = [migrations.RunPython(forward, back)]
