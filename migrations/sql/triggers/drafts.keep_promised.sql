-- On an approval, when its transaction commits.
-- Promises: P2, P4.
-- Function and twin: functions/keep_promised.sql.
CREATE CONSTRAINT TRIGGER keep_promised AFTER UPDATE OF status ON drafts DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (NEW.status = 'approved' AND OLD.status <> 'approved') EXECUTE FUNCTION keep_promised();
