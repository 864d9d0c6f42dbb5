-- The domain of an address and every domain above it, for the suppression list.
-- Promises: P8.
-- Twin: core/delivery/gates.py not_suppressed, which is told the outcome.
CREATE OR REPLACE FUNCTION domains_of(email text) RETURNS text[] LANGUAGE sql IMMUTABLE RETURN ARRAY(
    SELECT array_to_string((string_to_array(split_part(email, '@', 2), '.'))[n:], '.')
    FROM generate_series(1, 1 + length(email) - length(replace(email, '.', ''))) n
);
