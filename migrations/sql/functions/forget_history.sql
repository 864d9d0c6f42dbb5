-- Once a person has overruled an attempt of unknown outcome, its line of the history counts as failed, so that the
-- sixty days let that same mail pass once more.
-- Promises: P2, P8.
-- Twin: core/delivery/unknown.py send_again.
CREATE OR REPLACE FUNCTION forget_history() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE outreach_history SET status = 'failed' WHERE delivery_id = NEW.id AND status = 'unknown';
    RETURN NULL;
END $$;
