-- On every write, also one that leaves the status alone: what it asks for never changes.
-- Promises: P4, P9.
-- Function and twin: functions/guard_task.sql.
CREATE OR REPLACE TRIGGER guard_task BEFORE INSERT OR UPDATE ON tasks FOR EACH ROW EXECUTE FUNCTION guard_task();
