-- After every write, in the same transaction.
-- Promises: P8.
-- Function and twin: functions/tell_contacts.sql.
CREATE OR REPLACE TRIGGER tell_contacts AFTER INSERT OR UPDATE ON outreach_history
    FOR EACH ROW EXECUTE FUNCTION tell_contacts();
