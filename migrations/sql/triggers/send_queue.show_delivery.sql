-- On every change that a card shows; a claim and a start pass too quickly to be drawn.
-- Promises: P9.
-- Function and twin: functions/show_delivery.sql.
CREATE OR REPLACE TRIGGER show_delivery AFTER UPDATE OF status ON send_queue FOR EACH ROW
    WHEN (NEW.status <> OLD.status AND NEW.status NOT IN ('claimed', 'sending')) EXECUTE FUNCTION show_delivery();
