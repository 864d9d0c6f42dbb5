-- A change of time zone begins no new day: what was counted holds until the day is over in the new zone, and for 24
-- hours after the change.
-- Promises: P4, P8.
-- Twin: core/delivery/gates.py within_limit, with `count_holds_until` of core/delivery/facts.py.
CREATE OR REPLACE FUNCTION hold_count() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.counted_on >= day_there(OLD.timezone, clock_timestamp())
        OR OLD.count_holds_until > clock_timestamp() THEN
        NEW.count_holds_until := clock_timestamp() + interval '24 hours';
    END IF;
    RETURN NEW;
END $$;
