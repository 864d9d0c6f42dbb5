-- Where what the gates know of a contact changed, whoever changed it: other triggers write these columns, too.
-- Promises: P8, P9.
-- Function and twin: functions/heed_person.sql.
CREATE OR REPLACE TRIGGER heed_person AFTER UPDATE ON contacts FOR EACH ROW
    WHEN (
        NEW.suppressed_by IS DISTINCT FROM OLD.suppressed_by
        OR (NEW.status <> OLD.status AND (
            NEW.status IN ('do_not_contact', 'replied') OR OLD.status IN ('do_not_contact', 'replied')
        ))
    )
    EXECUTE FUNCTION heed_person();
