-- The clock looks again at an account whose status, health, hours or limits change.
-- Promises: P2.
-- Twin: core/declare/change.py wake_what_hours_hold, for what waits for an hour of the recipient.
CREATE OR REPLACE FUNCTION look_again() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.next_send_at := clock_timestamp();
    RETURN NEW;
END $$;
