-- What a claim does to its delivery. Between the look at the gates and this, somebody may write to the same person, or
-- that person to us: then it returns false, and the claim looks on. Every other refusal is an error.
-- Promises: P1, P4, P8.
-- Twin: core/delivery/claiming.py claim.
CREATE OR REPLACE FUNCTION take_delivery(delivery uuid, attempt uuid, lease interval) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    UPDATE send_queue SET
        status = 'claimed', attempt_id = attempt, lease_until = clock_timestamp() + lease, reason = NULL
    WHERE id = delivery AND status = 'queued';
    IF NOT FOUND THEN
        RAISE EXCEPTION 'this delivery is not queued' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN true;
EXCEPTION WHEN integrity_constraint_violation THEN
    IF SQLERRM ~ '^(sixty_days|opted_out|replied|step_before):' THEN
        RETURN false;
    END IF;
    RAISE;
END $$;
