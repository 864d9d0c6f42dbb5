-- A version is what somebody read: another text is another version.
-- Promises: P3, P4.
-- Function and twin: functions/refuse_change.sql.
CREATE OR REPLACE TRIGGER keep_versions BEFORE UPDATE OR DELETE ON draft_versions
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
