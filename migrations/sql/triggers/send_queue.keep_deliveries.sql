-- A delivery is what an approval led to.
-- Promises: P2, P4.
-- Function and twin: functions/refuse_change.sql.
CREATE OR REPLACE TRIGGER keep_deliveries BEFORE DELETE ON send_queue FOR EACH ROW EXECUTE FUNCTION refuse_change();
