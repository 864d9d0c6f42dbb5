-- On every write: also a row that is only touched is put right.
-- Promises: P8.
-- Function and twin: functions/keep_contact.sql.
CREATE OR REPLACE TRIGGER keep_contact BEFORE INSERT OR UPDATE ON contacts
    FOR EACH ROW EXECUTE FUNCTION keep_contact();
