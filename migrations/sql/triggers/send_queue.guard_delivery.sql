-- On every write, also one that leaves the status alone: what it delivers never changes.
-- Promises: P1, P2, P3, P4.
-- Function and twin: functions/guard_delivery.sql.
CREATE OR REPLACE TRIGGER guard_delivery BEFORE INSERT OR UPDATE ON send_queue
    FOR EACH ROW EXECUTE FUNCTION guard_delivery();
