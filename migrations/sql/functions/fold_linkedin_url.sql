-- The part of a LinkedIn URL that tells people apart: https://uk.linkedin.com/in/Jos%C3%A9-1/?trk=x and
-- linkedin.com/in/josé-1/details/skills are one person. A company, a post or a search is nobody, and NULL: else all who
-- are known by their company's page would be one. What is folded already stays as it is: the history folds it again.
-- Promises: P8.
-- Twin: core/text/folding.py fold_linkedin_url.
CREATE OR REPLACE FUNCTION fold_linkedin_url(url text) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT AS $$
DECLARE
    path text := regexp_replace(
        lower(btrim(url) COLLATE "C"), '^((https?:)?//)?([a-z0-9-]+\.)*linkedin\.com/+', ''
    );
    kind text;
    name text;
    decoded text;
BEGIN
    path := rtrim(regexp_replace(regexp_replace(path, '[?#].*$', ''), '/+', '/', 'g'), '/');
    path := regexp_replace(path, '^(mwlite|m)/', '');
    kind := split_part(path, '/', 1);
    IF kind = 'in' THEN
        name := fold_text(split_part(path, '/', 2));
        decoded := fold_text(percent_decoded(name));
        -- What would read as another page is no name: it stays encoded.
        IF decoded !~ '[%/?#]' THEN
            name := decoded;
        END IF;
    ELSIF kind = 'pub' THEN
        name := fold_text(substr(path, 5));
    END IF;
    IF name ~ (CASE kind WHEN 'in' THEN '[/?#]' ELSE '//|[?#]' END) THEN
        RETURN NULL;
    END IF;
    RETURN kind || '/' || nullif(btrim(name), '');
END $$;
