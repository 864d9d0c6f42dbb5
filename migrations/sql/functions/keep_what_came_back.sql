-- A reply is worth more than a bounce, and either more than what the attempt itself said: neither is overwritten.
-- Promises: P4.
-- Twin: core/intake/feedback.py ingest_feedback.
CREATE OR REPLACE FUNCTION keep_what_came_back() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.status = 'replied' OR (OLD.status = 'bounced' AND NEW.status <> 'replied') THEN
        NEW.status := OLD.status;
    END IF;
    RETURN NEW;
END $$;
