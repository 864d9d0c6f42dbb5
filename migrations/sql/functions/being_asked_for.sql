-- Whether a member was offered a task for this person that is not a step of the same sequence.
-- Promises: P8.
-- Twin: core/delivery/gates.py sixty_days, with the facts of core/tasks/facts.py.
CREATE OR REPLACE FUNCTION being_asked_for(workspace uuid, of_email text, of_linkedin text, own_task uuid, own_sequence uuid)
RETURNS boolean LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN EXISTS (SELECT FROM tasks WHERE workspace_id = workspace AND status = 'offered') AND EXISTS (
        SELECT FROM contacts_of(workspace, of_email, of_linkedin) c (id)
        JOIN tasks t ON t.contact_id = c.id AND t.status = 'offered'
        WHERE t.id <> own_task AND (own_sequence IS NULL OR t.sequence_instance_id IS DISTINCT FROM own_sequence)
    );
END $$;
