-- On what left or may have, and on an unknown outcome that turned out to have failed.
-- Promises: P8.
-- Function and twin: functions/keep_history.sql.
CREATE OR REPLACE TRIGGER keep_history AFTER UPDATE OF status ON send_queue FOR EACH ROW
    WHEN (NEW.status IN ('sent', 'outcome_unknown') OR (OLD.status = 'outcome_unknown' AND NEW.status = 'failed'))
    EXECUTE FUNCTION keep_history();
