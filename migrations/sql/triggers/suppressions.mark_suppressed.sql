-- On every write: also an entry that is corrected names people.
-- Promises: P4, P7, P8.
-- Function and twin: functions/mark_suppressed.sql.
CREATE OR REPLACE TRIGGER mark_suppressed AFTER INSERT OR UPDATE ON suppressions
    FOR EACH ROW EXECUTE FUNCTION mark_suppressed();
