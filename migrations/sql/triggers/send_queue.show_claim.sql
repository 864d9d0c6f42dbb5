-- On the claim of a mail that waited: its card has a button that takes the approval back, until it is claimed.
-- Promises: P9.
-- Function and twin: functions/show_delivery.sql.
CREATE OR REPLACE TRIGGER show_claim AFTER UPDATE OF status ON send_queue FOR EACH ROW
    WHEN (OLD.status = 'queued' AND NEW.status = 'claimed' AND OLD.due_at > OLD.created_at)
    EXECUTE FUNCTION show_delivery();
