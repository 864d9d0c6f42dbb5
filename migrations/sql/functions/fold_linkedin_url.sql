-- A LinkedIn URL as the part that tells people apart: https://uk.linkedin.com/in/Dana-1/?trk=x and
-- linkedin.com/in/dana-1/details/skills are one person. `contacts.linkedin_folded` is computed with it, so that a
-- change of it does not reach the rows that exist.
-- Promises: P8.
-- Twin: core/text/fields.py profile_url, which takes in only URLs that this can fold.
CREATE OR REPLACE FUNCTION fold_linkedin_url(url text) RETURNS text LANGUAGE sql IMMUTABLE RETURN
    nullif(
        regexp_replace(
            regexp_replace(
                regexp_replace(
                    regexp_replace(lower(btrim(url)), '^((https?:)?//)?([a-z0-9-]+\.)*linkedin\.com/+', ''),
                    '[?#].*$', ''
                ),
                '^(mwlite/)?in/([^/]+)/.*$', 'in/\2'
            ),
            '/+$', ''
        ),
        ''
    );
