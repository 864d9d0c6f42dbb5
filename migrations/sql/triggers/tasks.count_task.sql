-- Before `guard_task` by its name; both see the same row.
-- Promises: P4, P8.
-- Function and twin: functions/count_task.sql.
CREATE OR REPLACE TRIGGER count_task BEFORE UPDATE OF status ON tasks
    FOR EACH ROW WHEN (NEW.status <> OLD.status) EXECUTE FUNCTION count_task();
