-- Whether another delivery to this person is claimed or sending right now. Looked up contact by contact: planned as
-- one join, with statistics from an idle moment, it may read all that is in flight for every claim; LIMIT prevents
-- that.
-- Promises: P4, P8.
-- Twin: core/delivery/gates.py sixty_days, with the facts of core/delivery/facts.py.
CREATE OR REPLACE FUNCTION being_written_to(workspace uuid, of_email text, of_linkedin text, own_delivery uuid)
RETURNS boolean LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN EXISTS (
        SELECT FROM names_of(workspace, of_email, of_linkedin) n
        CROSS JOIN LATERAL (
            SELECT id FROM contacts WHERE workspace_id = workspace AND email_folded = n.email
            UNION ALL SELECT id FROM contacts WHERE workspace_id = workspace AND linkedin_folded = n.linkedin
        ) c
        CROSS JOIN LATERAL (
            SELECT FROM send_queue q
            WHERE q.contact_id = c.id AND q.status IN ('claimed', 'sending') AND q.id <> own_delivery LIMIT 1
        ) under_way
    );
END $$;
