-- Whoever learns that a contact is somebody who opted out or replied learns it of all contacts of that person. Locks
-- them in the order of their ids.
-- Promises: P8.
-- Twin: core/intake/feedback.py ingest_feedback.
CREATE OR REPLACE FUNCTION spread_answer() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE same uuid[];
BEGIN
    same := ARRAY(
        SELECT id FROM contacts
        WHERE id IN (SELECT contacts_of(NEW.workspace_id, NEW.email_folded, NEW.linkedin_folded)) AND id <> NEW.id
            AND status NOT IN ('do_not_contact', NEW.status)
        ORDER BY id FOR NO KEY UPDATE
    );
    UPDATE contacts SET status = NEW.status, eligible_for_outreach = false WHERE id = ANY (same);
    RETURN NULL;
END $$;
