-- What a step of a run waits for: the gravest state among the mails of the same run that were written before it and have
-- not come to their end. `outcome_unknown` (nobody knows whether it arrived), `on_its_way`, `undecided`, or NULL. What was
-- rejected, has expired or was sent stands in no step's way.
-- Promises: P1, P4, P8.
-- Twin: core/delivery/gates.py after_step_before.
CREATE OR REPLACE FUNCTION step_before(run uuid, written timestamptz, own uuid) RETURNS text LANGUAGE plpgsql STABLE AS $$
BEGIN
    IF run IS NULL THEN
        RETURN NULL;
    END IF;
    RETURN (
        SELECT CASE WHEN q.status = 'outcome_unknown' THEN q.status WHEN q.id IS NOT NULL THEN 'on_its_way' ELSE 'undecided' END
        FROM drafts d LEFT JOIN send_queue q ON q.draft_id = d.id
            AND q.status IN ('queued', 'claimed', 'sending', 'sent', 'outcome_unknown')
        WHERE d.sequence_instance_id = run AND (d.created_at, d.id) < (written, own)
            AND (q.status <> 'sent' OR (q.id IS NULL AND d.status IN ('pending', 'needs_review', 'manual_review')))
        ORDER BY q.status = 'outcome_unknown' DESC NULLS LAST, q.id IS NULL LIMIT 1
    );
END $$;
