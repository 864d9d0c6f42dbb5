-- A draft has deliveries and events that must not lose it.
-- Promises: P4, P10.
-- Function and twin: functions/refuse_change.sql.
CREATE OR REPLACE TRIGGER keep_drafts BEFORE DELETE ON drafts FOR EACH ROW EXECUTE FUNCTION refuse_change();
