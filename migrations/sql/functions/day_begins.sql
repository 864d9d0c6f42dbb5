-- When a day begins in a time zone; in UTC where this server does not know the zone (any more): as day_there.
-- Promises: P8.
-- Twin: core/hours.py start_of_day.
CREATE OR REPLACE FUNCTION day_begins(zone text, day date) RETURNS timestamptz LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN day::timestamp AT TIME ZONE zone;
EXCEPTION WHEN invalid_parameter_value THEN
    RETURN day::timestamp AT TIME ZONE 'UTC';
END $$;
