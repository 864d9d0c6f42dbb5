-- On a pause, a resume and the end of a campaign.
-- Promises: P9.
-- Function and twin: functions/show_campaign_on_tasks.sql.
CREATE OR REPLACE TRIGGER show_campaign_on_tasks AFTER UPDATE OF status ON campaigns
    FOR EACH ROW WHEN (NEW.status <> OLD.status) EXECUTE FUNCTION show_campaign_on_tasks();
