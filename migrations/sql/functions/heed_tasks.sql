-- No mail is claimed for a person whom a member was asked to write to, but for steps of the same sequence. Raises
-- `sixty_days`, which `take_delivery` knows: the claim looks again later.
-- Promises: P4, P8.
-- Twin: core/delivery/gates.py sixty_days.
CREATE OR REPLACE FUNCTION heed_tasks() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM contacts c, drafts d WHERE c.id = NEW.contact_id AND d.id = NEW.draft_id
            AND being_asked_for(c.workspace_id, c.email_folded, c.linkedin_folded, NEW.id, d.sequence_instance_id)
    ) THEN
        RAISE EXCEPTION 'sixty_days: somebody was asked to write to this person'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
