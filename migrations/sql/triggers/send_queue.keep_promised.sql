-- On a delivery that came to nothing, when its transaction commits.
-- Promises: P2, P4.
-- Function and twin: functions/keep_promised.sql.
CREATE CONSTRAINT TRIGGER keep_promised AFTER UPDATE OF status ON send_queue DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (NEW.status IN ('cancelled', 'skipped', 'failed') AND OLD.status <> NEW.status)
    EXECUTE FUNCTION keep_promised();
