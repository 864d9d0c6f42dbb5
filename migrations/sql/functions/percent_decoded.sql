-- A text with %C3%A9 as é, once; as it was, where that is no text (RFC 3986 §2.1).
-- Promises: P8.
-- Twin: core/text/folding.py percent_decoded.
CREATE OR REPLACE FUNCTION percent_decoded(what text) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE piece text[]; decoded bytea := '';
BEGIN
    IF what !~ '%[0-9A-Fa-f]{2}' THEN
        RETURN what;
    END IF;
    FOR piece IN SELECT regexp_matches(what, '(%[0-9A-Fa-f]{2})|([^%]+|%)', 'g') LOOP
        decoded := decoded || CASE WHEN piece[1] IS NULL THEN convert_to(piece[2], 'UTF8')
            ELSE decode(substr(piece[1], 2), 'hex') END;
    END LOOP;
    RETURN convert_from(decoded, 'UTF8');
EXCEPTION WHEN character_not_in_repertoire THEN
    RETURN what;
END $$;
