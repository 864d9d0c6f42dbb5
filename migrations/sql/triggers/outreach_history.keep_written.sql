-- Who was written to stays written down: the sixty days rest on it.
-- Promises: P4, P8.
-- Function and twin: functions/refuse_change.sql.
CREATE OR REPLACE TRIGGER keep_written BEFORE DELETE ON outreach_history FOR EACH ROW EXECUTE FUNCTION refuse_change();
