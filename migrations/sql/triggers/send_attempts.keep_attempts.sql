-- An attempt is evidence that a mail may have left.
-- Promises: P1, P4.
-- Function and twin: functions/refuse_change.sql.
CREATE OR REPLACE TRIGGER keep_attempts BEFORE DELETE ON send_attempts FOR EACH ROW EXECUTE FUNCTION refuse_change();
