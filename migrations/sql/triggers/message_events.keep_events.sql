-- The audit trail is append-only.
-- Promises: P4, P10.
-- Function and twin: functions/refuse_change.sql.
CREATE OR REPLACE TRIGGER keep_events BEFORE UPDATE OR DELETE ON message_events
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
