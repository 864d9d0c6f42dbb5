-- The clock looks at accounts, not at the queue: whatever makes a delivery ready says so here. Locks the account in
-- any case, so that no claim that cannot see this delivery yet lays the account to rest (on an insert the foreign key
-- does that, without making approvals wait for each other).
-- Promises: P2, P5.
-- Twin: core/delivery/refusals.py put_off_account.
CREATE OR REPLACE FUNCTION wake_account() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        PERFORM FROM accounts WHERE id = NEW.account_id FOR NO KEY UPDATE;
    END IF;
    UPDATE accounts SET next_send_at = NEW.due_at
    WHERE id = NEW.account_id AND (next_send_at IS NULL OR next_send_at > NEW.due_at);
    RETURN NULL;
END $$;
