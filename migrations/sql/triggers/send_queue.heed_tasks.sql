-- On a claim; an answer may go while a task is out.
-- Promises: P4, P8.
-- Function and twin: functions/heed_tasks.sql.
CREATE OR REPLACE TRIGGER heed_tasks BEFORE UPDATE OF status ON send_queue
    FOR EACH ROW WHEN (NEW.status = 'claimed' AND OLD.status <> 'claimed' AND NEW.kind <> 'reply')
    EXECUTE FUNCTION heed_tasks();
