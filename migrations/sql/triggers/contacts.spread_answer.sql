-- After the row is written, so that contacts are locked one after the other.
-- Promises: P8.
-- Function and twin: functions/spread_answer.sql.
CREATE OR REPLACE TRIGGER spread_answer AFTER INSERT OR UPDATE OF linkedin_url ON contacts
    FOR EACH ROW WHEN (NEW.status IN ('do_not_contact', 'replied')) EXECUTE FUNCTION spread_answer();
