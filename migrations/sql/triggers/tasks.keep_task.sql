-- On a task that was done.
-- Promises: P8.
-- Function and twin: functions/keep_task.sql.
CREATE OR REPLACE TRIGGER keep_task AFTER UPDATE OF status ON tasks
    FOR EACH ROW WHEN (NEW.status = 'done' AND OLD.status <> 'done') EXECUTE FUNCTION keep_task();
