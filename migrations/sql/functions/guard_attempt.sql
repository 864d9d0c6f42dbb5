-- What an attempt hands over is frozen; it starts once, not after it has ended, and a known outcome stays.
-- Promises: P1, P3, P4.
-- Twin: core/delivery/starting.py start; core/delivery/finishing.py finish.
CREATE OR REPLACE FUNCTION guard_attempt() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.delivery_id, NEW.draft_id, NEW.message_id, NEW.mime, NEW.mime_sha256)
        IS DISTINCT FROM (OLD.delivery_id, OLD.draft_id, OLD.message_id, OLD.mime, OLD.mime_sha256) THEN
        RAISE EXCEPTION 'what an attempt hands over cannot change'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF OLD.started_at IS NOT NULL AND NEW.started_at IS DISTINCT FROM OLD.started_at THEN
        RAISE EXCEPTION 'an attempt starts once' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF NEW.outcome IS DISTINCT FROM OLD.outcome AND OLD.outcome IN ('sent', 'not_sent') THEN
        RAISE EXCEPTION 'an attempt that ended as % cannot become %', OLD.outcome, NEW.outcome
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF OLD.started_at IS NULL AND NEW.started_at IS NOT NULL AND OLD.outcome IS NOT NULL THEN
        RAISE EXCEPTION 'an attempt that has ended cannot start' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
