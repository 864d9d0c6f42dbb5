-- What becomes known of a person reaches all their open drafts at once, in the same transaction: opted out, replied, on
-- the suppression list, or not any more.
-- Promises: P8, P9.
-- Twin: core/delivery/gates.py not_suppressed, contactable, which hold what was approved already.
CREATE OR REPLACE FUNCTION heed_person() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM block_drafts(ARRAY(
        SELECT d.id FROM contacts_of(NEW.workspace_id, NEW.email_folded, NEW.linkedin_folded) AS same (id)
        JOIN drafts d ON d.contact_id = same.id
        WHERE d.status IN ('pending', 'needs_review', 'manual_review')
    ));
    RETURN NULL;
END $$;
