-- On each of several approvals; they are never changed (`keep_approvals`).
-- Promises: P3, P4.
-- Function and twin: functions/guard_approval.sql.
CREATE OR REPLACE TRIGGER guard_approval BEFORE INSERT ON draft_approvals FOR EACH ROW EXECUTE FUNCTION guard_approval();
