-- On every write of what names the person.
-- Promises: P8.
-- Function and twin: functions/fold_contact.sql.
CREATE OR REPLACE TRIGGER fold_contact
    BEFORE INSERT OR UPDATE OF email, linkedin_url, email_folded, linkedin_folded ON contacts
    FOR EACH ROW EXECUTE FUNCTION fold_contact();
