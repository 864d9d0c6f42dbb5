-- One of several approvals is for the version and the round in review, and by a member who may approve the draft and, where the
-- campaign asks for it, did not write that version. Locks the draft: two that approve at once are counted one after
-- the other, and no decision comes in between.
-- Promises: P3, P4.
-- Twin: core/drafts/quorum.py endorse; core/drafts/permissions.py NOT_OWN_WORK.
CREATE OR REPLACE FUNCTION guard_approval() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    draft drafts%ROWTYPE;
    why text;
BEGIN
    SELECT * INTO STRICT draft FROM drafts WHERE id = NEW.draft_id FOR NO KEY UPDATE;
    NEW.review_round := coalesce(NEW.review_round, draft.review_round);
    IF draft.status <> 'needs_review' OR (draft.version, draft.review_round) <> (NEW.version, NEW.review_round) THEN
        RAISE EXCEPTION 'version % of this draft is not in review', NEW.version
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    why := why_may_not_approve(draft, NEW.member_id);
    IF why IS NOT NULL THEN
        RAISE EXCEPTION '%', why USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF EXISTS (
        SELECT FROM draft_versions v JOIN campaigns c ON c.id = draft.campaign_id AND NOT c.self_approval
        WHERE v.draft_id = NEW.draft_id AND v.version = NEW.version AND v.edited_by = NEW.member_id
    ) THEN
        RAISE EXCEPTION 'nobody is one of several who approve what they wrote'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
