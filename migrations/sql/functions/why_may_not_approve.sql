-- Why a member may not approve this draft; NULL if they may. Nobody approves what no mail of it would pass. Where a
-- campaign names no reviewers (it has a channel), all of the workspace are. A risk that nobody assessed is above any.
-- Promises: P4.
-- Twin: core/drafts/permissions.py MAY_DECIDE, WITHIN_RISK, NOTHING_LASTS; core/drafts/quorum.py STILL_MAY, which asks this function.
CREATE OR REPLACE FUNCTION why_may_not_approve(draft drafts, who uuid) RETURNS text LANGUAGE plpgsql STABLE AS $$
DECLARE
    person members%ROWTYPE;
    highest text;
    risks CONSTANT text[] := ARRAY['low', 'review', 'blocked'];
BEGIN
    IF lasting_refusal(draft) IS NOT NULL THEN
        RETURN 'nobody approves a draft to somebody who is not to be written to: ' || lasting_refusal(draft);
    END IF;
    SELECT * INTO person FROM members WHERE id = who AND workspace_id = draft.workspace_id AND active;
    IF NOT FOUND OR person.role NOT IN ('reviewer', 'admin', 'owner') THEN
        RETURN 'only reviewers of its workspace approve a draft';
    END IF;
    IF person.role IN ('admin', 'owner') THEN
        RETURN NULL;
    END IF;
    IF draft.assigned_to IS DISTINCT FROM who AND NOT EXISTS (
        SELECT FROM campaign_reviewers WHERE campaign_id = draft.campaign_id AND member_id = who
    ) AND EXISTS (SELECT FROM campaign_reviewers WHERE campaign_id = draft.campaign_id) THEN
        RETURN 'only the reviewers of its campaign approve a draft';
    END IF;
    SELECT admins_above_risk INTO STRICT highest FROM campaigns WHERE id = draft.campaign_id;
    IF coalesce(array_position(risks, draft.risk), 4) > array_position(risks, highest) THEN
        RETURN 'only admins approve a draft of this risk';
    END IF;
    RETURN NULL;
END $$;
