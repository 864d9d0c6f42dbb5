-- On an approval that somebody gave.
-- Promises: P4.
-- Function and twin: functions/guard_decision.sql.
CREATE OR REPLACE TRIGGER guard_decision BEFORE UPDATE OF status ON drafts FOR EACH ROW
    WHEN (NEW.status = 'approved' AND OLD.status <> 'approved' AND NEW.decided_by IS NOT NULL)
    EXECUTE FUNCTION guard_decision();
