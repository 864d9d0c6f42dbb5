-- What anybody of the same person has answered: whoever opted out or replied did so for all of their contacts, also
-- where the contact at hand was not marked. One of `do_not_contact` and `replied`, the graver first, or NULL.
-- Promises: P8.
-- Twin: core/delivery/gates.py contactable, with the facts of core/delivery/facts.py.
CREATE OR REPLACE FUNCTION answer_of(workspace uuid, of_email text, of_linkedin text) RETURNS text LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (
        SELECT min(c.status) FROM names_of(workspace, of_email, of_linkedin) n
        CROSS JOIN LATERAL (
            SELECT status FROM contacts WHERE workspace_id = workspace AND email_folded = n.email
            UNION ALL SELECT status FROM contacts WHERE workspace_id = workspace AND linkedin_folded = n.linkedin
        ) c
        WHERE c.status IN ('do_not_contact', 'replied')
    );
END $$;
