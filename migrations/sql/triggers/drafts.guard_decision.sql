-- On every decision, and on every write to who took it.
-- Promises: P4, P10, P12.
-- Function and twin: functions/guard_decision.sql.
CREATE OR REPLACE TRIGGER guard_decision BEFORE UPDATE OF status, decided_by, decided_at, decided_surface ON drafts
    FOR EACH ROW EXECUTE FUNCTION guard_decision();
