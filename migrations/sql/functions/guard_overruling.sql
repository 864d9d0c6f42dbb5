-- An admin or owner overrules an attempt once, and only 30 minutes after its outcome became unknown: until then its worker or
-- the mail server may only be slow. No attempt starts once another one of its draft has arrived.
-- Promises: P1, P4.
-- Twin: core/delivery/unknown.py WAIT, send_again; core/delivery/starting.py start.
CREATE OR REPLACE FUNCTION guard_overruling() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.overruled_at IS NOT NULL
        AND (NEW.overruled_at, NEW.overruled_by) IS DISTINCT FROM (OLD.overruled_at, OLD.overruled_by) THEN
        RAISE EXCEPTION 'an attempt is overruled once' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF OLD.overruled_at IS NULL AND NEW.overruled_at IS NOT NULL AND (
        OLD.outcome IS DISTINCT FROM 'unknown' OR NEW.outcome IS DISTINCT FROM 'unknown'
        OR OLD.finished_at > clock_timestamp() - interval '30 minutes'
    ) THEN
        RAISE EXCEPTION 'an attempt can be overruled only 30 minutes after its outcome became unknown'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF OLD.overruled_at IS NULL AND NEW.overruled_by IS NOT NULL AND NOT EXISTS (
        SELECT FROM members WHERE id = NEW.overruled_by AND workspace_id = NEW.workspace_id AND active
            AND role IN ('admin', 'owner')
    ) THEN
        RAISE EXCEPTION 'only an admin or owner overrules an attempt' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF OLD.started_at IS NULL AND NEW.started_at IS NOT NULL AND EXISTS (
        SELECT FROM send_attempts WHERE draft_id = NEW.draft_id AND outcome = 'sent'
    ) THEN
        RAISE EXCEPTION 'an attempt cannot start once another has arrived'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
