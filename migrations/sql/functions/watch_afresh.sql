-- What an admin saw when they resumed an account is not held against it a second time.
-- Promises: P12.
-- Twin: core/accounts/health.py sudden_rise.
CREATE OR REPLACE FUNCTION watch_afresh() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.watched_from := clock_timestamp();
    RETURN NEW;
END $$;
