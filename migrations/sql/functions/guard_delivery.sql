-- The state machine of a delivery, and what must be true of its attempts: it begins queued, for the version that is
-- approved, to whom its draft is; what it delivers never changes; it sends only by an attempt that has started, is sent
-- only by one that arrived, fails only by one that ended without leaving, is unknown only by one that is, and goes back to
-- the queue only if nothing can have left, or a person overruled what may have. What came to nothing says why.
-- Promises: P1, P2, P3, P4.
-- Twin: core/states.py DELIVERY; core/delivery/finishing.py finish; core/delivery/unknown.py send_again.
CREATE OR REPLACE FUNCTION guard_delivery() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.status <> 'queued' THEN
            RAISE EXCEPTION 'a delivery cannot begin as %', NEW.status
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        PERFORM FROM drafts WHERE id = NEW.draft_id AND status = 'approved' AND version = NEW.content_version FOR SHARE;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'version % of this draft is not approved', NEW.content_version
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        PERFORM FROM drafts WHERE id = NEW.draft_id
            AND (workspace_id, campaign_id, contact_id) = (NEW.workspace_id, NEW.campaign_id, NEW.contact_id);
        IF NOT FOUND OR (NEW.attempt_id, NEW.counted_on) IS DISTINCT FROM (NULL::uuid, NULL::date) THEN
            RAISE EXCEPTION 'a delivery cannot begin but untried, and to whom its draft is'
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        RETURN NEW;
    END IF;
    IF (NEW.draft_id, NEW.content_version, NEW.account_id, NEW.contact_id, NEW.campaign_id)
        IS DISTINCT FROM (OLD.draft_id, OLD.content_version, OLD.account_id, OLD.contact_id, OLD.campaign_id) THEN
        RAISE EXCEPTION 'what a delivery delivers cannot change'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF NEW.status = OLD.status THEN
        RETURN NEW;
    END IF;
    IF NOT (OLD.status || '>' || NEW.status) = ANY (ARRAY['queued>claimed', 'queued>cancelled', 'queued>skipped', 'claimed>queued', 'claimed>failed', 'claimed>sending', 'sending>queued', 'sending>failed', 'sending>sent', 'sending>outcome_unknown', 'outcome_unknown>sent', 'outcome_unknown>failed', 'outcome_unknown>queued', 'queued>sent', 'claimed>sent']) THEN
        RAISE EXCEPTION 'a delivery cannot go from % to %', OLD.status, NEW.status
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF OLD.status = 'outcome_unknown' AND NEW.status = 'queued' AND NOT EXISTS (
        SELECT FROM send_attempts WHERE id = OLD.attempt_id AND overruled_at IS NOT NULL
    ) THEN
        RAISE EXCEPTION 'a delivery cannot go back to the queue before a person overruled its attempt'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF OLD.status IN ('queued', 'claimed') AND NEW.status = 'sent' AND NOT EXISTS (
        SELECT FROM send_attempts
        WHERE id = NEW.attempt_id AND delivery_id = NEW.id AND outcome = 'sent' AND overruled_at IS NOT NULL
    ) THEN
        RAISE EXCEPTION 'a delivery cannot go from % to sent but by an overruled attempt that arrived', OLD.status
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF NEW.status = 'sending' AND NOT EXISTS (
        SELECT FROM send_attempts WHERE id = NEW.attempt_id AND delivery_id = NEW.id
            AND started_at IS NOT NULL AND outcome IS NULL
    ) THEN
        RAISE EXCEPTION 'a delivery cannot be sending without an attempt that has started'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF NEW.status = 'sent' AND NOT EXISTS (
        SELECT FROM send_attempts WHERE id = NEW.attempt_id AND delivery_id = NEW.id AND outcome = 'sent'
    ) THEN
        RAISE EXCEPTION 'a delivery cannot be sent without an attempt that was'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF NEW.status IN ('queued', 'failed') AND EXISTS (
        SELECT FROM send_attempts WHERE delivery_id = NEW.id
            AND started_at IS NOT NULL AND ((overruled_at IS NULL AND outcome IS DISTINCT FROM 'not_sent') OR outcome = 'sent')
    ) THEN
        RAISE EXCEPTION 'a delivery cannot be % while an attempt may have left', NEW.status
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF NEW.status IN ('failed', 'outcome_unknown') AND NOT EXISTS (
        SELECT FROM send_attempts WHERE id = NEW.attempt_id AND delivery_id = NEW.id
            AND outcome = CASE NEW.status WHEN 'failed' THEN 'not_sent' ELSE 'unknown' END
    ) THEN
        RAISE EXCEPTION 'a delivery cannot be % without an attempt that ended so', NEW.status
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF NEW.status IN ('failed', 'skipped', 'outcome_unknown') AND coalesce(NEW.reason, '') !~ '\S' THEN
        RAISE EXCEPTION 'a delivery cannot be % without a reason', NEW.status
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    NEW.changed_at := clock_timestamp();
    RETURN NEW;
END $$;
