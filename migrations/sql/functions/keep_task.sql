-- A task that was done is a line of `outreach_history`, in the same transaction.
-- Promises: P8.
-- Twin: core/tasks/report.py done.
CREATE OR REPLACE FUNCTION keep_task() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO outreach_history (id, workspace_id, channel, status, email_folded, linkedin_folded, contacted_at,
                                  task_id, account_id, sequence_instance_id)
    SELECT gen_random_uuid(), NEW.workspace_id, 'linkedin', 'sent', c.email_folded, c.linkedin_folded,
           clock_timestamp(), NEW.id, NEW.account_id, NEW.sequence_instance_id
    FROM contacts c WHERE c.id = NEW.contact_id;
    RETURN NULL;
END $$;
