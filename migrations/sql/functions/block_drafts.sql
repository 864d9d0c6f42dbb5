-- Brings open drafts up to what is known of whom they are for, whichever way that became known: what no mail would pass
-- goes to `manual_review`, and comes back to review once that is lifted, unless its text is blocked as well. What waits
-- for changes keeps waiting. Returns the drafts that moved; their cards are due. Locks drafts in the order of their ids.
-- Promises: P4, P9, P10.
-- Twin: core/states.py DRAFT, by `block` and `unblock`; core/drafts/block.py, which asks it of what came back to review.
CREATE OR REPLACE FUNCTION block_drafts(which uuid[]) RETURNS SETOF uuid LANGUAGE plpgsql AS $$
DECLARE
    draft drafts%ROWTYPE;
    why text;
    becomes text;
BEGIN
    FOR draft IN
        SELECT * FROM drafts WHERE id = ANY (which) AND status IN ('pending', 'needs_review', 'manual_review')
        ORDER BY id FOR NO KEY UPDATE
    LOOP
        why := lasting_refusal(draft);
        becomes := CASE
            WHEN why IS NOT NULL AND draft.status = 'needs_review' THEN 'manual_review'
            WHEN why IS NULL AND draft.blocked_by IS NOT NULL AND draft.status = 'manual_review'
                AND draft.text_risk IS DISTINCT FROM 'blocked' THEN 'needs_review'
            ELSE draft.status END;
        CONTINUE WHEN why IS NOT DISTINCT FROM draft.blocked_by AND becomes = draft.status;
        -- Of a draft from before `text_risk` was kept, its risk so far is that of its text.
        IF draft.blocked_by IS NULL THEN
            draft.text_risk := coalesce(draft.text_risk, draft.risk);
        END IF;
        UPDATE drafts SET
            status = becomes,
            blocked_by = why,
            text_risk = draft.text_risk,
            risk = CASE WHEN why IS NULL THEN draft.text_risk ELSE 'blocked' END,
            -- It waits from now on, as nobody could approve it before.
            waits_since = CASE WHEN becomes = 'needs_review' THEN clock_timestamp() ELSE waits_since END,
            escalated_at = CASE WHEN becomes = 'needs_review' THEN NULL ELSE escalated_at END,
            revision = draft.revision + 1,
            sync_after = least(sync_after, now())
        WHERE id = draft.id;
        IF becomes <> draft.status THEN
            INSERT INTO message_events (id, workspace_id, verb, surface, draft_id, from_status, to_status, data)
            VALUES (
                new_id(), draft.workspace_id, CASE becomes WHEN 'manual_review' THEN 'block' ELSE 'unblock' END, 'job',
                draft.id, draft.status, becomes,
                jsonb_build_object('version', draft.version, 'blocked_by', coalesce(why, draft.blocked_by))
            );
            RETURN NEXT draft.id;
        END IF;
    END LOOP;
END $$;
