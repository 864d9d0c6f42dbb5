-- On every update of an attempt.
-- Promises: P1, P3, P4.
-- Function and twin: functions/guard_attempt.sql.
CREATE OR REPLACE TRIGGER guard_attempt BEFORE UPDATE ON send_attempts
    FOR EACH ROW EXECUTE FUNCTION guard_attempt();
