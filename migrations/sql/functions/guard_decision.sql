-- What stands beside a decision: who approved a draft, and that they may; who rejected it, and why; who asked for
-- changes, and which. A risk that is blocked is put right first. Nobody else's name comes under a decision afterwards.
-- Promises: P4, P10, P12.
-- Twin: core/drafts/review.py approve, reject, request_changes; core/drafts/permissions.py MAY_APPROVE.
CREATE OR REPLACE FUNCTION guard_decision() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE why text;
BEGIN
    IF NEW.status = OLD.status THEN
        IF NEW.status IN ('approved', 'rejected') AND (NEW.decided_by, NEW.decided_at, NEW.decided_surface)
            IS DISTINCT FROM (OLD.decided_by, OLD.decided_at, OLD.decided_surface) THEN
            RAISE EXCEPTION 'a draft cannot change who decided it, and when'
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        RETURN NEW;
    END IF;
    IF NEW.status IN ('approved', 'rejected') AND NEW.decided_by IS NULL THEN
        RAISE EXCEPTION 'a draft cannot be % by nobody', NEW.status USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF NEW.status NOT IN ('approved', 'rejected') AND NEW.decided_by IS NOT NULL THEN
        RAISE EXCEPTION 'a draft cannot be % and decided', NEW.status USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF NEW.status = 'approved' THEN
        why := why_may_not_approve(NEW, NEW.decided_by);
        IF why IS NOT NULL THEN
            RAISE EXCEPTION '%', why USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        IF NEW.risk = 'blocked' THEN
            RAISE EXCEPTION 'a draft cannot be approved while its risk is blocked'
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
    ELSIF NEW.status = 'rejected' THEN
        PERFORM FROM members WHERE id = NEW.decided_by AND workspace_id = NEW.workspace_id AND active
            AND role IN ('reviewer', 'admin', 'owner');
        IF NOT FOUND THEN
            RAISE EXCEPTION 'a draft cannot be rejected but by a reviewer of its workspace'
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        IF coalesce(NEW.decision_note, '') !~ '\S' THEN
            RAISE EXCEPTION 'a draft cannot be rejected without a reason'
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
    ELSIF NEW.status = 'pending' AND (NEW.change_asked_by IS NULL OR coalesce(NEW.change_note, '') !~ '\S') THEN
        RAISE EXCEPTION 'a draft cannot go back to its author without who asked for changes, and which'
            USING ERRCODE = 'integrity_constraint_violation';
    ELSIF NEW.status = 'needs_review' AND OLD.status IN ('pending', 'manual_review') AND NEW.risk = 'blocked' THEN
        RAISE EXCEPTION 'a draft cannot come to review while its risk is blocked'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
