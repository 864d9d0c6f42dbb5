-- A mail of a run that came to an end, or to an unknown one, has the later steps of that run looked at again: they wait for
-- it, or say another reason. Locks the queued ones first, in the order of their ids: a claim that has not seen this yet
-- is waited for, and what it held back is found.
-- Promises: P2, P9.
-- Twin: core/delivery/gates.py after_step_before, which waits for an act.
CREATE OR REPLACE FUNCTION wake_run() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    run uuid;
    waiting uuid[];
BEGIN
    IF TG_TABLE_NAME = 'drafts' THEN
        run := NEW.sequence_instance_id;
    ELSE
        SELECT sequence_instance_id INTO run FROM drafts WHERE id = NEW.draft_id;
    END IF;
    IF run IS NULL THEN
        RETURN NULL;
    END IF;
    waiting := ARRAY(
        SELECT q.id FROM drafts d JOIN send_queue q ON q.draft_id = d.id AND q.status = 'queued'
        WHERE d.sequence_instance_id = run ORDER BY q.id FOR NO KEY UPDATE OF q
    );
    UPDATE send_queue SET due_at = clock_timestamp() WHERE id = ANY (waiting) AND held_code = 'step_before';
    RETURN NULL;
END $$;
