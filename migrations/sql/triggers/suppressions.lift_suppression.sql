-- On what is taken off the list or corrected; by its name before `mark_suppressed`, which marks whom a corrected entry names.
-- Promises: P8.
-- Function and twin: functions/lift_suppression.sql.
CREATE OR REPLACE TRIGGER lift_suppression AFTER UPDATE OR DELETE ON suppressions
    FOR EACH ROW EXECUTE FUNCTION lift_suppression();
