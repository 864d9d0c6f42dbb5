-- Another mail server, or a resume: why the account rested is no more. Its mail is looked at again, and its cards.
-- Promises: P2, P9.
-- Twin: core/delivery/resting.py end_rest.
CREATE OR REPLACE FUNCTION end_rest() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.rest_reason := NULL;
    NEW.rest_code := NULL;
    NEW.rest_since := NULL;
    NEW.rest_until := NULL;
    NEW.rest_tries := 0;
    NEW.rest_shown := false;
    NEW.next_send_at := clock_timestamp();
    RETURN NEW;
END $$;
