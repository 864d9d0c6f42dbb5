"""Guard the review: whoever may not approve a draft cannot, alone or as one of several, whatever the code does (P4)."""

from alembic import op

revision = "guard_the_review"
down_revision = "pace_the_homes"

# Where a campaign names no reviewers (it has a channel), all of the workspace are. A risk that nobody assessed is above
# any.
WHY_MAY_NOT_APPROVE = """
CREATE FUNCTION why_may_not_approve(draft drafts, who uuid) RETURNS text LANGUAGE plpgsql STABLE AS $$
DECLARE
    person members%ROWTYPE;
    highest text;
    risks CONSTANT text[] := ARRAY['low', 'review', 'blocked'];
BEGIN
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
"""

GUARD_DECISION = """
CREATE FUNCTION guard_decision() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE why text := why_may_not_approve(NEW, NEW.decided_by);
BEGIN
    IF why IS NOT NULL THEN
        RAISE EXCEPTION '%', why USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER guard_decision BEFORE UPDATE OF status ON drafts FOR EACH ROW
    WHEN (NEW.status = 'approved' AND OLD.status <> 'approved' AND NEW.decided_by IS NOT NULL)
    EXECUTE FUNCTION guard_decision();
"""

# The draft is locked: two that approve at once are counted one after the other, and no decision comes in between.
GUARD_APPROVAL = """
CREATE FUNCTION guard_approval() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    draft drafts%ROWTYPE;
    why text;
BEGIN
    SELECT * INTO STRICT draft FROM drafts WHERE id = NEW.draft_id FOR NO KEY UPDATE;
    IF draft.status <> 'needs_review' OR draft.version <> NEW.version THEN
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
CREATE TRIGGER guard_approval BEFORE INSERT ON draft_approvals FOR EACH ROW EXECUTE FUNCTION guard_approval();
"""

SNOOZED = "snoozed_until IS NULL OR status IN ('needs_review', 'manual_review')"


def upgrade() -> None:
    op.execute(WHY_MAY_NOT_APPROVE)
    op.execute(GUARD_DECISION)
    op.execute(GUARD_APPROVAL)
    op.execute(f"ALTER TABLE drafts ADD CONSTRAINT ck_drafts_snoozed_while_open CHECK ({SNOOZED}) NOT VALID")
    op.execute("ALTER TABLE drafts VALIDATE CONSTRAINT ck_drafts_snoozed_while_open")


def downgrade() -> None:
    op.execute("ALTER TABLE drafts DROP CONSTRAINT ck_drafts_snoozed_while_open")
    op.execute("DROP FUNCTION guard_approval() CASCADE")
    op.execute("DROP FUNCTION guard_decision() CASCADE")
    op.execute("DROP FUNCTION why_may_not_approve(drafts, uuid)")
