-- A task has events and a line of the history that must not lose it.
-- Promises: P4, P10.
-- Function and twin: functions/refuse_change.sql.
CREATE OR REPLACE TRIGGER keep_tasks BEFORE DELETE ON tasks FOR EACH ROW EXECUTE FUNCTION refuse_change();
