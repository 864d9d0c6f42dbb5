-- On a line of a failed delivery that is sent after all.
-- Promises: P8.
-- Function and twin: functions/date_history.sql.
CREATE OR REPLACE TRIGGER date_history BEFORE UPDATE OF status ON outreach_history FOR EACH ROW
    WHEN (OLD.delivery_id IS NOT NULL AND OLD.status = 'failed' AND NEW.status IN ('sent', 'unknown'))
    EXECUTE FUNCTION date_history();
