-- Keeps one sign-up: the reader, the request, its consents, and the letter (email) that asks for a confirmation.
-- Writes nothing where no letter is to be sent and no request is open. Does not commit.
--
-- Called by newsroom_request_sign_up (request_sign_up.sql), once or twice a sign-up.
-- Costs four to seven look-ups by index and up to six inserts; benchmarks/signup.py measures it.
--
-- Returns is_offered (false: a newsletter is unknown, or takes no readers now) and the id of the letter, if there is one.
-- Every statement sees what others have committed by then, because the function is volatile. The order of locks is:
-- mailbox, reader, request. opt_in.confirm() takes the last two in the same order.
-- Look-ups in tables that sign-ups fill are planned each time (plan_cache_mode). A plan that is kept may come from a
-- newspaper's first minute: made for empty tables, it would read them from end to end while they grow.
CREATE OR REPLACE FUNCTION newsroom_keep_sign_up(
    asked jsonb, letter_kind text, pause interval, letters_a_day integer,
    OUT is_offered boolean, OUT letter bigint
) LANGUAGE plpgsql VOLATILE
SET plan_cache_mode = auto AS $$
DECLARE
    -- The collation of the columns (subscriptions/models/folding.py).
    _address text COLLATE "C" := asked ->> 'address';
    _mailbox text COLLATE "C" := asked ->> 'mailbox';
    _address_hash bytea := decode(asked ->> 'address_hash', 'hex');
    _mailbox_hash bytea := decode(asked ->> 'mailbox_hash', 'hex');
    _slugs text[] := ARRAY(SELECT jsonb_array_elements_text(asked -> 'newsletters'));
    _at timestamptz := asked ->> 'at';
    _expires_at timestamptz := asked ->> 'expires_at';
    _form bigint := asked ->> 'embedded_form_id';
    wanted bigint[];
    fresh bigint[];
    reader bigint;
    is_new boolean := false;
    lately integer;  -- letters to the mailbox within a day
    asked_readers bigint[];  -- those whom such a letter has asked within the pause
    may_write boolean;
    open_request subscriptions_signup;
BEGIN
    SELECT array_agg(id ORDER BY array_position(_slugs, slug::text)) INTO wanted
      FROM subscriptions_newsletter WHERE slug = ANY (_slugs) AND state = {NewsletterState.LIVE};
    is_offered := coalesce(cardinality(wanted), 0) = cardinality(_slugs);
    IF NOT is_offered THEN
        RETURN;
    END IF;

    -- A mailbox has many addresses (name+tag@), so the reader's row alone does not put its sign-ups in order.
    PERFORM pg_advisory_xact_lock(hashtextextended(_mailbox, 0));

    -- Locked only so that the commit is written to disk, as it is for every other address: the time must tell nothing.
    PERFORM FROM subscriptions_suppression WHERE address_hash = _address_hash FOR NO KEY UPDATE;
    IF FOUND THEN
        RETURN;
    END IF;
    PERFORM FROM subscriptions_signupblock
      WHERE address_hash IN (_mailbox_hash, _address_hash) AND until > _at FOR NO KEY UPDATE;
    IF FOUND THEN
        RETURN;
    END IF;

    PERFORM set_config('plan_cache_mode', 'force_custom_plan', true);
    -- Not against foreign keys: a consent of the same reader may be written meanwhile, as leaving does.
    SELECT id INTO reader FROM subscriptions_subscriber
     WHERE lower(address) = lower(_address) FOR NO KEY UPDATE;
    SELECT count(*), array_agg(subscriber_id) FILTER (WHERE created_at > _at - pause) INTO lately, asked_readers
      FROM subscriptions_letter
     WHERE mailbox = _mailbox AND kind = letter_kind AND created_at > _at - interval '1 day';
    may_write := lately < letters_a_day;
    IF asked_readers IS NOT NULL THEN  -- the pause ends with an answer: who has confirmed may ask for more
        may_write := may_write AND NOT EXISTS (
            SELECT FROM subscriptions_signup
             WHERE subscriber_id = ANY (asked_readers) AND coalesce(confirmed_at, '-infinity') = '-infinity');
    END IF;

    IF reader IS NULL THEN
        IF NOT may_write THEN
            RETURN;
        END IF;
        INSERT INTO subscriptions_subscriber (public_id, address, zone, language, created_at, tracking)
        VALUES (asked ->> 'reader_id', _address, '', asked ->> 'language', _at, '')
        ON CONFLICT DO NOTHING RETURNING id INTO reader;
        is_new := FOUND;
        IF NOT is_new THEN  -- made in this moment, but not by a sign-up: by an import, or a change of address
            SELECT id INTO STRICT reader FROM subscriptions_subscriber
             WHERE lower(address) = lower(_address) FOR NO KEY UPDATE;
        END IF;
    END IF;

    IF NOT is_new THEN
        wanted := ARRAY(
            SELECT n FROM unnest(wanted) WITH ORDINALITY AS each (n, place) WHERE NOT EXISTS (
                SELECT FROM subscriptions_subscription
                 WHERE subscriber_id = reader AND newsletter_id = n AND state = {SubscriptionState.ACTIVE})
             ORDER BY place);
        IF wanted = '{}' THEN
            RETURN;
        END IF;
        -- “confirmed_at IS NULL” may be answered from the index of all open requests, which is long in a surge.
        SELECT * INTO open_request FROM subscriptions_signup
         WHERE subscriber_id = reader AND coalesce(confirmed_at, '-infinity') = '-infinity';
    END IF;

    IF open_request.id IS NULL AND NOT may_write THEN
        RETURN;
    ELSIF open_request.id IS NOT NULL AND may_write THEN
        UPDATE subscriptions_signup
           SET public_id = asked ->> 'sign_up_id', requested_at = _at, expires_at = _expires_at,
               embedded_form_id = _form, source_url = asked ->> 'source_url'
         WHERE id = open_request.id;
        IF open_request.expires_at <= _at THEN  -- what had run out is not asked about again
            DELETE FROM subscriptions_signup_newsletters WHERE signup_id = open_request.id;
        END IF;
    END IF;

    PERFORM set_config('plan_cache_mode', 'auto', true);
    IF open_request.id IS NULL THEN
        INSERT INTO subscriptions_signup
            (public_id, subscriber_id, requested_at, expires_at, embedded_form_id, source_url)
        VALUES (asked ->> 'sign_up_id', reader, _at, _expires_at, _form, asked ->> 'source_url')
        RETURNING id INTO open_request.id;
    END IF;
    WITH added AS (
        INSERT INTO subscriptions_signup_newsletters (signup_id, newsletter_id)
        SELECT open_request.id, unnest(wanted) ON CONFLICT DO NOTHING
        RETURNING newsletter_id
    )
    SELECT array_agg(newsletter_id ORDER BY array_position(wanted, newsletter_id)) INTO fresh FROM added;
    IF fresh IS NOT NULL THEN
        -- A reader who left stays so until the letter is answered.
        INSERT INTO subscriptions_subscription (subscriber_id, newsletter_id, state, created_at)
        SELECT reader, unnest(fresh), {SubscriptionState.PENDING}, _at ON CONFLICT DO NOTHING;
        INSERT INTO subscriptions_consent
            (subscriber_id, newsletter_id, action, at, wording, form, embedded_form_id, source_url, ip, ip_hash)
        SELECT reader, unnest(fresh), {ConsentAction.REQUESTED}, _at, asked ->> 'wording', asked ->> 'form', _form,
               asked ->> 'source_url', (asked ->> 'ip')::inet, asked ->> 'ip_hash';
    END IF;

    IF may_write THEN
        INSERT INTO subscriptions_letter
            (public_id, kind, address, mailbox, subscriber_id, context, state,
             created_at, due_at, expires_at, attempts, last_error)
        VALUES (asked ->> 'letter_id', letter_kind, _address, _mailbox, reader,
                jsonb_build_object('sign_up', asked ->> 'sign_up_id'), {LetterState.PENDING}, _at, _at, _expires_at, 0, '')
        RETURNING id INTO letter;
    END IF;
END
$$;
