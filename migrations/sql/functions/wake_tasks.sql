-- Tasks that wait for tomorrow, or for the seat to open, are looked at at once when a count is given back or the rules
-- of the account change.
-- Promises: P2.
-- Twin: core/tasks/offer.py offer_next.
CREATE OR REPLACE FUNCTION wake_tasks() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE tasks SET due_at = clock_timestamp() WHERE id IN (
        SELECT id FROM tasks
        WHERE account_id = NEW.id AND status = 'waiting' AND held_code IN ('daily_limit', 'outside_hours')
            AND due_at > clock_timestamp()
        FOR UPDATE SKIP LOCKED
    );
    RETURN NULL;
END $$;
