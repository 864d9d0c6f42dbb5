-- An id of a row, as those that the code makes: UUIDv7 (RFC 9562 §5.7), so that rows sort by the time they were made. What
-- a trigger adds sorts behind what the code wrote within the same millisecond: its cause, as a rule.
-- Promises: P10.
-- Twin: core/ids.py new_id.
CREATE OR REPLACE FUNCTION new_id() RETURNS uuid LANGUAGE plpgsql VOLATILE AS $$
DECLARE milliseconds bytea := int8send(floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint);
BEGIN
    RETURN encode(
        substring(milliseconds FROM 3) || '\x7fff'::bytea || substring(uuid_send(gen_random_uuid()) FROM 9), 'hex'
    )::uuid;
END $$;
