-- On a mail that was sent or failed, or of which nobody knows. Out of `queued`, where others may be locked already, none of
-- these leads, but for a late confirmation.
-- Promises: P2, P9.
-- Function and twin: functions/wake_run.sql.
CREATE OR REPLACE TRIGGER wake_run AFTER UPDATE OF status ON send_queue FOR EACH ROW
    WHEN (NEW.status <> OLD.status AND NEW.status IN ('sent', 'failed', 'outcome_unknown')) EXECUTE FUNCTION wake_run();
