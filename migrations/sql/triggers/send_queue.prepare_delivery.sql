-- On a new delivery.
-- Promises: P8.
-- Function and twin: functions/prepare_delivery.sql.
CREATE OR REPLACE TRIGGER prepare_delivery BEFORE INSERT ON send_queue
    FOR EACH ROW EXECUTE FUNCTION prepare_delivery();
