-- On a step that nobody will send.
-- Promises: P2, P9.
-- Function and twin: functions/wake_run.sql.
CREATE OR REPLACE TRIGGER wake_run AFTER UPDATE OF status ON drafts FOR EACH ROW
    WHEN (NEW.sequence_instance_id IS NOT NULL AND NEW.status <> OLD.status AND NEW.status IN ('rejected', 'expired'))
    EXECUTE FUNCTION wake_run();
