-- The end of a campaign reaches its open drafts at once; and its beginning anew.
-- Promises: P8, P9.
-- Twin: core/delivery/gates.py campaign_active, which holds what was approved already.
CREATE OR REPLACE FUNCTION heed_campaign() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM block_drafts(ARRAY(
        SELECT id FROM drafts
        WHERE campaign_id = NEW.id AND status IN ('pending', 'needs_review', 'manual_review')
    ));
    RETURN NULL;
END $$;
