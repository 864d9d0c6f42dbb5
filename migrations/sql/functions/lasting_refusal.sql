-- What no mail of this draft passes, whatever its text: its campaign has ended, its contact opted out, is on the
-- suppression list (as everybody is who opted out by a mail), or replied (answers still go). NULL where nothing lasts.
-- Promises: P4, P8.
-- Twin: core/delivery/gates.py campaign_active, not_suppressed, contactable; core/drafts/risk.py lasting_refusal.
CREATE OR REPLACE FUNCTION lasting_refusal(draft drafts) RETURNS text LANGUAGE plpgsql STABLE AS $$
DECLARE
    person contacts%ROWTYPE;
    listed text;
    said text;
BEGIN
    IF EXISTS (SELECT FROM campaigns WHERE id = draft.campaign_id AND status = 'ended') THEN
        RETURN 'ended';
    END IF;
    SELECT * INTO STRICT person FROM contacts WHERE id = draft.contact_id;
    said := coalesce(answer_of(person.workspace_id, person.email_folded, person.linkedin_folded), person.status);
    IF said = 'do_not_contact' THEN
        RETURN 'opted_out';
    END IF;
    listed := coalesce(
        person.suppressed_by, suppression_of(person.workspace_id, person.email_folded, person.company)
    );
    IF listed IS NOT NULL THEN
        RETURN listed;
    END IF;
    IF said = 'replied' AND draft.kind <> 'reply' THEN
        RETURN 'replied';
    END IF;
    RETURN NULL;
END $$;
