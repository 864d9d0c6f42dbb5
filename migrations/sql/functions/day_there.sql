-- The day that it is at this moment in a time zone; where this server does not know the zone (any more), the day in UTC,
-- so that one such account does not end a query about all of them, nor the change that puts it right.
-- Promises: P8.
-- Twin: core/hours.py local_day.
CREATE OR REPLACE FUNCTION day_there(zone text, at timestamptz) RETURNS date LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (at AT TIME ZONE zone)::date;
EXCEPTION WHEN invalid_parameter_value THEN
    RETURN (at AT TIME ZONE 'UTC')::date;
END $$;
