-- On a delivery that is queued, or gets another time.
-- Promises: P2, P5.
-- Function and twin: functions/wake_account.sql.
CREATE OR REPLACE TRIGGER wake_account AFTER INSERT OR UPDATE OF status, due_at ON send_queue
    FOR EACH ROW WHEN (NEW.status = 'queued' AND NEW.due_at < 'infinity') EXECUTE FUNCTION wake_account();
