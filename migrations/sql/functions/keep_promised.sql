-- An approved draft has a delivery that is live: an approval without one would never be sent, and never be asked for again.
-- Looked at when the transaction commits, as the approval is written before its delivery, and a delivery that came to
-- nothing before its draft goes back to a person.
-- Promises: P2, P4.
-- Twin: core/drafts/review.py approve, bring_back.
CREATE OR REPLACE FUNCTION keep_promised() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE of_draft uuid;
BEGIN
    IF TG_TABLE_NAME = 'drafts' THEN
        of_draft := NEW.id;
    ELSE
        of_draft := NEW.draft_id;
    END IF;
    IF EXISTS (SELECT FROM drafts WHERE id = of_draft AND status = 'approved') AND NOT EXISTS (
        SELECT FROM send_queue WHERE draft_id = of_draft
            AND status IN ('queued', 'claimed', 'sending', 'sent', 'outcome_unknown')
    ) THEN
        RAISE EXCEPTION 'a draft cannot stay approved without a delivery that is live'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END $$;
