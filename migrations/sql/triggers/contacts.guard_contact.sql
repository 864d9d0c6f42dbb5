-- On an attempt to change the address.
-- Promises: P3, P4.
-- Function and twin: functions/guard_contact.sql.
CREATE OR REPLACE TRIGGER guard_contact BEFORE UPDATE OF email ON contacts
    FOR EACH ROW WHEN (NEW.email <> OLD.email) EXECUTE FUNCTION guard_contact();
