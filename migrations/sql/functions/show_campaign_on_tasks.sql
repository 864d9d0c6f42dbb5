-- The cards of tasks on offer say whether the campaign is paused: its change makes them be drawn again.
-- Promises: P9.
-- Twin: core/surfaces/reconcile.py behind.
CREATE OR REPLACE FUNCTION show_campaign_on_tasks() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE tasks SET revision = revision + 1 WHERE campaign_id = NEW.id AND status = 'offered';
    RETURN NULL;
END $$;
