-- Whether this server knows a time zone by that name. Its list is not Python's, and may change with a new server.
-- Promises: P8.
-- Twin: core/time_zones.py is_time_zone, which asks Python.
CREATE OR REPLACE FUNCTION is_time_zone(name text) RETURNS boolean LANGUAGE plpgsql STABLE AS $$
BEGIN
    PERFORM now() AT TIME ZONE name;
    RETURN name IS NOT NULL;
EXCEPTION WHEN invalid_parameter_value THEN
    RETURN false;
END $$;
