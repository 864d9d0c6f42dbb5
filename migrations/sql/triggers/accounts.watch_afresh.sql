-- On a resume, by whomever.
-- Promises: P12.
-- Function and twin: functions/watch_afresh.sql.
CREATE OR REPLACE TRIGGER watch_afresh BEFORE UPDATE OF status ON accounts
    FOR EACH ROW WHEN (OLD.status = 'paused' AND NEW.status = 'active') EXECUTE FUNCTION watch_afresh();
