"""Expire what nobody answers, too; and of several approvals count only those of people who still may (P4).

The moves stand here as they were when this migration was written; a test holds them against core/states.py.
"""

from alembic import op

revision = "expire_what_nobody_answers"
down_revision = "ring_at_once"

MOVES_BEFORE = (
    "pending>needs_review",
    "pending>manual_review",
    "needs_review>manual_review",
    "manual_review>needs_review",
    "needs_review>approved",
    "needs_review>rejected",
    "manual_review>rejected",
    "needs_review>expired",
    "approved>needs_review",
    "expired>needs_review",
    "needs_review>pending",
    "manual_review>pending",
    "pending>rejected",
)
MOVES = (*MOVES_BEFORE, "pending>expired")

#: Whoever left, or may not approve this draft any more, is not one of several.
WHO_STILL_MAY = " AND why_may_not_approve(NEW, member_id) IS NULL"


def guard_draft(moves: tuple[str, ...], who: str) -> str:
    return f"""
CREATE OR REPLACE FUNCTION guard_draft() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE rules record;
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.status NOT IN ('pending', 'needs_review', 'manual_review') OR NEW.version <> 1 THEN
            RAISE EXCEPTION 'a draft cannot begin as % with version %', NEW.status, NEW.version
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        RETURN NEW;
    END IF;
    IF NEW.status <> OLD.status AND NOT (OLD.status || '>' || NEW.status) = ANY (ARRAY{list(moves)}) THEN
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
            SELECT count(*) FROM draft_approvals WHERE draft_id = NEW.id AND version = NEW.version{who}
        ) THEN
            RAISE EXCEPTION 'this campaign asks for % approvals of a version', rules.quorum
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        IF NOT rules.self_approval AND EXISTS (
            SELECT FROM draft_versions v WHERE v.draft_id = NEW.id AND v.version = NEW.version AND (
                v.edited_by = NEW.decided_by OR v.edited_by IN (
                    SELECT member_id FROM draft_approvals WHERE draft_id = NEW.id AND version = NEW.version
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
"""


def upgrade() -> None:
    op.execute(guard_draft(MOVES, WHO_STILL_MAY))


def downgrade() -> None:
    op.execute(guard_draft(MOVES_BEFORE, ""))
