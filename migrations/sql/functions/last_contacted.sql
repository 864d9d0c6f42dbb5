-- When this person was last written to in the whole workspace, or may have been. Failures do not count, and neither do
-- the steps of the sequence that asks. In plpgsql, which keeps its plans from call to call.
-- Promises: P4, P8.
-- Twin: core/delivery/gates.py sixty_days, with the facts of core/delivery/facts.py.
CREATE OR REPLACE FUNCTION last_contacted(workspace uuid, of_email text, of_linkedin text, own_sequence uuid)
RETURNS timestamptz LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (
        SELECT max(greatest(
            (SELECT max(contacted_at) FROM outreach_history
             WHERE workspace_id = workspace AND email_folded = n.email AND status <> 'failed'
               AND (own_sequence IS NULL OR sequence_instance_id IS DISTINCT FROM own_sequence)),
            (SELECT max(contacted_at) FROM outreach_history
             WHERE workspace_id = workspace AND linkedin_folded = n.linkedin AND status <> 'failed'
               AND (own_sequence IS NULL OR sequence_instance_id IS DISTINCT FROM own_sequence))
        )) FROM names_of(workspace, of_email, of_linkedin) n
    );
END $$;
