-- A mail that is sent again after its attempt was overruled has the date of the second attempt.
-- Promises: P8.
-- Twin: core/delivery/unknown.py send_again.
CREATE OR REPLACE FUNCTION date_history() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.contacted_at := clock_timestamp();
    RETURN NEW;
END $$;
