-- Triggers of one event fire in the order of their names: this one before `keep_contact`.
-- Promises: P8.
-- Function and twin: functions/carry_answers.sql.
CREATE OR REPLACE TRIGGER carry_answers BEFORE INSERT OR UPDATE OF linkedin_url ON contacts
    FOR EACH ROW EXECUTE FUNCTION carry_answers();
