-- On a change of the time zone.
-- Promises: P4, P8.
-- Function and twin: functions/hold_count.sql.
CREATE OR REPLACE TRIGGER hold_count BEFORE UPDATE OF timezone ON accounts
    FOR EACH ROW WHEN (NEW.timezone <> OLD.timezone) EXECUTE FUNCTION hold_count();
