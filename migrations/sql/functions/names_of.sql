-- All that one person goes by: the address and LinkedIn URL asked for, and those of the contacts that share either.
-- ROWS: a person has few; by default the planner expects a thousand, and reads all contacts.
-- Promises: P8.
-- Twin: core/delivery/gates.py sixty_days, which is told the outcome.
CREATE OR REPLACE FUNCTION names_of(workspace uuid, of_email text, of_linkedin text)
RETURNS TABLE (email text, linkedin text) LANGUAGE sql STABLE ROWS 2 AS $$
    SELECT of_email, of_linkedin
    UNION SELECT email_folded, linkedin_folded FROM contacts WHERE workspace_id = workspace AND email_folded = of_email
    UNION SELECT email_folded, linkedin_folded FROM contacts
        WHERE workspace_id = workspace AND linkedin_folded = of_linkedin
$$;
