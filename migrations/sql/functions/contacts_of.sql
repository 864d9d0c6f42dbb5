-- The contacts that are one person: those that share an address or a LinkedIn URL with the one asked for, or with one
-- of theirs. ROWS: a person has few; by default the planner expects a thousand, and reads all contacts.
-- Promises: P8.
-- Twin: core/intake/feedback.py PERSON.
CREATE OR REPLACE FUNCTION contacts_of(workspace uuid, of_email text, of_linkedin text)
RETURNS SETOF uuid LANGUAGE sql STABLE ROWS 2 AS $$
    SELECT c.id FROM names_of(workspace, of_email, of_linkedin) n
    JOIN contacts c ON c.workspace_id = workspace AND c.email_folded = n.email
    UNION SELECT c.id FROM names_of(workspace, of_email, of_linkedin) n
    JOIN contacts c ON c.workspace_id = workspace AND c.linkedin_folded = n.linkedin
$$;
