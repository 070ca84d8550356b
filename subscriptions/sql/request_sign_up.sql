-- Keeps one sign-up (keep_sign_up.sql) and takes as long for every address.
--
-- Called by subscriptions/sign_up/opt_in.py, once a sign-up, in a transaction of its own.
-- Costs what newsroom_keep_sign_up costs; twice that where no letter is written.
CREATE OR REPLACE FUNCTION newsroom_request_sign_up(
    asked jsonb, letter_kind text, pause interval, letters_a_day integer,
    OUT is_offered boolean, OUT letter bigint
) LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    nobody text := (asked ->> 'reader_id') || '@nobody.invalid';
BEGIN
    SELECT k.is_offered, k.letter INTO is_offered, letter
      FROM newsroom_keep_sign_up(asked, letter_kind, pause, letters_a_day) k;
    -- An address that gets no letter must not be answered sooner: the same work is done for one that does not exist.
    IF is_offered AND letter IS NULL THEN
        BEGIN
            PERFORM newsroom_keep_sign_up(
                asked || jsonb_build_object(
                    'address', nobody, 'mailbox', nobody, 'address_hash', '', 'mailbox_hash', ''),
                letter_kind, pause, letters_a_day);
            RAISE EXCEPTION 'undo' USING ERRCODE = 'NR000';
        EXCEPTION WHEN SQLSTATE 'NR000' THEN
            NULL;
        END;
    END IF;
END
$$;
