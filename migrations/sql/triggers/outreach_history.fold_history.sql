-- On every write of what names the person.
-- Promises: P8.
-- Function and twin: functions/fold_history.sql.
CREATE OR REPLACE TRIGGER fold_history BEFORE INSERT OR UPDATE OF email_folded, linkedin_folded ON outreach_history
    FOR EACH ROW EXECUTE FUNCTION fold_history();
