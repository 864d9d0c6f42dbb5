-- Whatever left, or may have, is a line of `outreach_history` in the same transaction; a later outcome corrects it.
-- Who bounced or replied has had the mail, whatever its server says late.
-- Promises: P8.
-- Twin: core/delivery/finishing.py finish.
CREATE OR REPLACE FUNCTION keep_history() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO outreach_history (id, workspace_id, channel, status, email_folded, linkedin_folded, contacted_at,
                                  delivery_id, account_id, sequence_instance_id)
    SELECT gen_random_uuid(), NEW.workspace_id, a.channel,
           CASE NEW.status WHEN 'sent' THEN 'sent' WHEN 'failed' THEN 'failed' ELSE 'unknown' END,
           c.email_folded, c.linkedin_folded, clock_timestamp(), NEW.id, NEW.account_id, d.sequence_instance_id
    FROM contacts c, drafts d, accounts a
    WHERE c.id = NEW.contact_id AND d.id = NEW.draft_id AND a.id = NEW.account_id
    -- Who bounced or replied has had the mail, whatever its server says late.
    ON CONFLICT (delivery_id) DO UPDATE SET status = excluded.status
        WHERE outreach_history.status NOT IN ('bounced', 'replied');
    RETURN NULL;
END $$;
