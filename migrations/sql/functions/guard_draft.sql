-- The state machine of a draft, of its versions and of the rounds of its review: a round has one text, and ends with it,
-- or when the draft comes back from an approval; it never comes again, as a click names it. A draft with a live delivery
-- stays approved; an approval has as many members behind it as the campaign asks for, counting only those who still may
-- approve, and no author of the text where the campaign forbids that. Every change of the status, the version or the
-- round raises the revision, which the cards follow.
-- Promises: P1, P3, P4, P9.
-- Twin: core/states.py DRAFT; core/drafts/review.py approve; core/drafts/quorum.py ENOUGH; core/drafts/permissions.py NOT_OWN_WORK.
CREATE OR REPLACE FUNCTION guard_draft() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE rules record;
BEGIN
    IF TG_OP = 'INSERT' THEN
        NEW.review_round := 1;
        IF NEW.status = 'needs_review' AND NEW.risk = 'blocked' THEN
            RAISE EXCEPTION 'a draft cannot come to review while its risk is blocked'
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        IF NEW.status NOT IN ('pending', 'needs_review', 'manual_review') OR NEW.version <> 1 THEN
            RAISE EXCEPTION 'a draft cannot begin as % with version %', NEW.status, NEW.version
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        RETURN NEW;
    END IF;
    IF NEW.status <> OLD.status AND NOT (OLD.status || '>' || NEW.status) = ANY (ARRAY['pending>needs_review', 'pending>manual_review', 'needs_review>manual_review', 'manual_review>needs_review', 'needs_review>approved', 'needs_review>rejected', 'manual_review>rejected', 'needs_review>expired', 'approved>needs_review', 'expired>needs_review', 'needs_review>pending', 'manual_review>pending', 'pending>rejected', 'pending>expired']) THEN
        RAISE EXCEPTION 'a draft cannot go from % to %', OLD.status, NEW.status
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF NEW.version <> OLD.version AND (
        NEW.version <> OLD.version + 1
        OR NEW.status NOT IN ('needs_review', 'manual_review')
        OR NOT (
            OLD.status IN ('pending', 'needs_review', 'manual_review')
            OR (OLD.status = 'approved' AND NEW.status <> OLD.status)
        )
    ) THEN
        RAISE EXCEPTION 'version % cannot follow version % of a draft that is %', NEW.version, OLD.version, OLD.status
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF NEW.review_round < OLD.review_round THEN
        RAISE EXCEPTION 'a draft cannot go back to an earlier round of its review'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF NEW.review_round = OLD.review_round
        AND (NEW.version <> OLD.version OR (OLD.status = 'approved' AND NEW.status <> 'approved')) THEN
        NEW.review_round := OLD.review_round + 1;
    END IF;
    IF OLD.status = 'approved' AND NEW.status <> 'approved' AND EXISTS (
        SELECT FROM send_queue WHERE draft_id = OLD.id
            AND status IN ('queued', 'claimed', 'sending', 'sent', 'outcome_unknown')
    ) THEN
        RAISE EXCEPTION 'a draft with a live delivery stays approved'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF NEW.status = 'approved' AND OLD.status <> 'approved' THEN
        SELECT quorum, self_approval INTO rules FROM campaigns WHERE id = NEW.campaign_id;
        IF rules.quorum > 1 AND rules.quorum > (
            SELECT count(*) FROM draft_approvals WHERE draft_id = NEW.id AND review_round = NEW.review_round AND why_may_not_approve(NEW, member_id) IS NULL
        ) THEN
            RAISE EXCEPTION 'this campaign asks for % approvals of a version', rules.quorum
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        IF NOT rules.self_approval AND EXISTS (
            SELECT FROM draft_versions v WHERE v.draft_id = NEW.id AND v.version = NEW.version AND (
                v.edited_by = NEW.decided_by OR v.edited_by IN (
                    SELECT member_id FROM draft_approvals WHERE draft_id = NEW.id AND review_round = NEW.review_round
                )
            )
        ) THEN
            RAISE EXCEPTION 'nobody approves what they wrote in this campaign'
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
    END IF;
    NEW.revision := OLD.revision + 1;
    RETURN NEW;
END $$;
