-- What happens to a delivery shows on the cards of its draft: the revision rises, and they are drawn again.
-- Promises: P9.
-- Twin: core/surfaces/reconcile.py behind.
CREATE OR REPLACE FUNCTION show_delivery() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE drafts SET revision = revision + 1 WHERE id = NEW.draft_id;
    RETURN NULL;
END $$;
