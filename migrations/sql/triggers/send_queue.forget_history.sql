-- On a mail that a person has sent again.
-- Promises: P2, P8.
-- Function and twin: functions/forget_history.sql.
CREATE OR REPLACE TRIGGER forget_history AFTER UPDATE OF status ON send_queue FOR EACH ROW
    WHEN (OLD.status = 'outcome_unknown' AND NEW.status = 'queued') EXECUTE FUNCTION forget_history();
