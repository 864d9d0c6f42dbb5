-- On its end, and on its end undone.
-- Promises: P8, P9.
-- Function and twin: functions/heed_campaign.sql.
CREATE OR REPLACE TRIGGER heed_campaign AFTER UPDATE OF status ON campaigns FOR EACH ROW
    WHEN (NEW.status <> OLD.status AND 'ended' IN (NEW.status, OLD.status)) EXECUTE FUNCTION heed_campaign();
