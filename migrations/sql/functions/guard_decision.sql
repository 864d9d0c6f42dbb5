-- Nobody approves a draft who may not.
-- Promises: P4.
-- Twin: core/drafts/permissions.py MAY_APPROVE.
CREATE OR REPLACE FUNCTION guard_decision() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE why text := why_may_not_approve(NEW, NEW.decided_by);
BEGIN
    IF why IS NOT NULL THEN
        RAISE EXCEPTION '%', why USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
