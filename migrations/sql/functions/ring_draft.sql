-- The cards of a draft that has just changed are due at once, however late they were to be tried again.
-- Promises: P5, P9.
-- Twin: core/surfaces/reconcile.py behind.
CREATE OR REPLACE FUNCTION ring_draft() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.sync_after := least(NEW.sync_after, now());
    RETURN NEW;
END $$;
