-- An approval that was given stays: who no longer may is not counted, and not erased.
-- Promises: P4, P10.
-- Function and twin: functions/refuse_change.sql.
CREATE OR REPLACE TRIGGER keep_approvals BEFORE UPDATE OR DELETE ON draft_approvals FOR EACH ROW EXECUTE FUNCTION refuse_change();
