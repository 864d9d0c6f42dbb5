-- Whether this person has ever written to us, so that there is something to answer. By its kind alone a reply passes
-- no gate.
-- Promises: P8.
-- Twin: core/drafts/ingest.py ingest; core/delivery/facts.py, for the gates.
CREATE OR REPLACE FUNCTION has_written(workspace uuid, of_email text, of_linkedin text) RETURNS boolean LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN EXISTS (
        SELECT FROM names_of(workspace, of_email, of_linkedin) n
        CROSS JOIN LATERAL (
            SELECT id, status FROM contacts WHERE workspace_id = workspace AND email_folded = n.email
            UNION ALL SELECT id, status FROM contacts WHERE workspace_id = workspace AND linkedin_folded = n.linkedin
        ) c
        WHERE c.status = 'replied' OR EXISTS (SELECT FROM inbound_messages WHERE contact_id = c.id)
    ) OR EXISTS (
        SELECT FROM names_of(workspace, of_email, of_linkedin) n
        CROSS JOIN LATERAL (
            SELECT status FROM outreach_history WHERE workspace_id = workspace AND email_folded = n.email
            UNION ALL
            SELECT status FROM outreach_history WHERE workspace_id = workspace AND linkedin_folded = n.linkedin
        ) h
        WHERE h.status = 'replied'
    );
END $$;
