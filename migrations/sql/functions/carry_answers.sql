-- A new contact of a person who opted out or replied in another offer begins with that answer, also where only a
-- LinkedIn URL makes the person known. Its trigger sorts before `keep_contact`, which decides on what it finds here.
-- Promises: P8.
-- Twin: core/intake/feedback.py ingest_feedback, which marks the contacts that exist already.
CREATE OR REPLACE FUNCTION carry_answers() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE linkedin text := fold_linkedin_url(NEW.linkedin_url);
BEGIN
    IF NEW.status = 'do_not_contact' THEN
        RETURN NEW;
    END IF;
    IF EXISTS (
        SELECT FROM contacts WHERE workspace_id = NEW.workspace_id AND status = 'do_not_contact'
            AND (email_folded = fold_text(NEW.email) OR linkedin_folded = linkedin)
    ) THEN
        NEW.status := 'do_not_contact';
        NEW.eligible_for_outreach := false;
    ELSIF EXISTS (
        SELECT FROM contacts WHERE workspace_id = NEW.workspace_id AND status = 'replied'
            AND (email_folded = fold_text(NEW.email) OR linkedin_folded = linkedin)
    ) OR EXISTS (
        SELECT FROM outreach_history WHERE workspace_id = NEW.workspace_id AND status = 'replied'
            AND (email_folded = fold_text(NEW.email) OR linkedin_folded = linkedin)
    ) THEN
        NEW.status := 'replied';
        NEW.eligible_for_outreach := false;
    END IF;
    RETURN NEW;
END $$;
