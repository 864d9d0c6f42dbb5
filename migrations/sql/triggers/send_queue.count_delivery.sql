-- Before `guard_delivery` by its name; both see the same row.
-- Promises: P4, P8.
-- Function and twin: functions/count_delivery.sql.
CREATE OR REPLACE TRIGGER count_delivery BEFORE UPDATE OF status ON send_queue
    FOR EACH ROW WHEN (NEW.status <> OLD.status) EXECUTE FUNCTION count_delivery();
