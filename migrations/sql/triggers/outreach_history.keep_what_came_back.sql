-- On every write to the status; the line keeps the graver word.
-- Promises: P4.
-- Function and twin: functions/keep_what_came_back.sql.
CREATE OR REPLACE TRIGGER keep_what_came_back BEFORE UPDATE OF status ON outreach_history
    FOR EACH ROW EXECUTE FUNCTION keep_what_came_back();
