-- After `guard_attempt` by its name.
-- Promises: P1, P4.
-- Function and twin: functions/guard_overruling.sql.
CREATE OR REPLACE TRIGGER guard_overruling BEFORE UPDATE ON send_attempts FOR EACH ROW EXECUTE FUNCTION guard_overruling();
