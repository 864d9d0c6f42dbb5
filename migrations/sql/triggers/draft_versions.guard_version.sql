-- On a new text.
-- Promises: P3, P4.
-- Function and twin: functions/guard_version.sql.
CREATE OR REPLACE TRIGGER guard_version BEFORE INSERT ON draft_versions FOR EACH ROW EXECUTE FUNCTION guard_version();
