-- What was drawn when the delivery was made stays: nobody gets another number by trying again.
-- Promises: P4, P8.
-- Function and twin: functions/refuse_change.sql.
CREATE OR REPLACE TRIGGER keep_drawn BEFORE UPDATE OF kind, counted_as, spacing_seconds ON send_queue FOR EACH ROW
    WHEN ((NEW.kind, NEW.counted_as, NEW.spacing_seconds) IS DISTINCT FROM (OLD.kind, OLD.counted_as, OLD.spacing_seconds))
    EXECUTE FUNCTION refuse_change();
