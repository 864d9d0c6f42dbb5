-- Every contact that is the same person, in every offer, learns when the person was written to and whether they
-- replied. Locked in the order of their ids: two that tell of one person do not deadlock.
-- Promises: P8.
-- Twin: core/delivery/gates.py sixty_days, by `contacts.last_contacted_at`.
CREATE OR REPLACE FUNCTION tell_contacts() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE same uuid[];
BEGIN
    same := ARRAY(
        SELECT id FROM contacts
        WHERE id IN (SELECT contacts_of(NEW.workspace_id, NEW.email_folded, NEW.linkedin_folded))
        ORDER BY id FOR NO KEY UPDATE
    );
    IF NEW.status <> 'failed' THEN
        UPDATE contacts SET
            last_contacted_at = greatest(last_contacted_at, NEW.contacted_at),
            status = CASE WHEN NEW.status = 'replied' AND status <> 'do_not_contact' THEN 'replied' ELSE status END
        WHERE id = ANY (same);
    ELSIF TG_OP = 'UPDATE' AND OLD.status <> 'failed' THEN
        -- What was counted has not left after all.
        UPDATE contacts SET last_contacted_at = last_contacted(workspace_id, email_folded, linkedin_folded, NULL)
        WHERE id = ANY (same) AND last_contacted_at = OLD.contacted_at;
    END IF;
    RETURN NULL;
END $$;
