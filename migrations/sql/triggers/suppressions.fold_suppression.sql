-- On every write.
-- Promises: P8.
-- Function and twin: functions/fold_suppression.sql.
CREATE OR REPLACE TRIGGER fold_suppression BEFORE INSERT OR UPDATE ON suppressions
    FOR EACH ROW EXECUTE FUNCTION fold_suppression();
