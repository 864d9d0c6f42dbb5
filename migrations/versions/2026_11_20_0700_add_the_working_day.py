"""Add the working day of a reviewer: undo, several approvals, snooze, assign, routing, reminders, Home and alerts.

The database refuses an approval that a campaign's rules forbid, whatever the code above it does (P4).
"""

import sqlalchemy as sa
from alembic import op

revision = "add_the_working_day"
down_revision = "close_the_gaps"

VERBS_BEFORE = (
    *("ingest", "submit", "block", "edit", "approve", "reject", "expire", "return"),
    *("claim", "release", "start", "deliver", "retry", "fail", "lose", "confirm", "resend", "cancel", "skip"),
    *("contradict", "duplicate", "stop_sending", "allow_sending"),
    *("bounce", "complain", "reply", "unsubscribe"),
    *("read", "refuse", "pause", "resume", "declare"),
)
VERBS = (
    *VERBS_BEFORE[:8],
    *("endorse", "undo", "request_changes", "snooze", "wake", "assign", "restore", "remind", "escalate"),
    *VERBS_BEFORE[8:-1],
    *("mute", "unmute", "offer", "done", "could_not", "install", "uninstall", "declare"),
)
CODES_BEFORE = (
    *("unknown_member", "role_too_low", "not_found", "stale_version", "already_decided", "draft_already_sending"),
    *("send_outcome_unknown", "blocked", "unknown_campaign", "unclear_campaign", "nothing_to_do", "too_early"),
)
CODES = (*CODES_BEFORE, "too_late", "not_a_reviewer", "own_work", "admins_only", "already_endorsed")
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
)
MOVES = (*MOVES_BEFORE, "expired>needs_review", "needs_review>pending", "manual_review>pending", "pending>rejected")
RISKS = ("low", "review", "blocked")

#: Two people, none of them the author of the text, where the campaign says so.
BY_THE_RULES = """
    IF NEW.status = 'approved' AND OLD.status <> 'approved' THEN
        SELECT quorum, self_approval INTO rules FROM campaigns WHERE id = NEW.campaign_id;
        IF rules.quorum > 1 AND rules.quorum > (
            SELECT count(*) FROM draft_approvals WHERE draft_id = NEW.id AND version = NEW.version
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
    END IF;"""


def guard_draft(moves: tuple[str, ...], rewritten: str, declare: str, rules: str) -> str:
    return f"""
CREATE OR REPLACE FUNCTION guard_draft() RETURNS trigger LANGUAGE plpgsql AS $$
{declare}BEGIN
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
        OR NOT (OLD.status IN {rewritten} OR (OLD.status = 'approved' AND NEW.status <> OLD.status))
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
    END IF;{rules}
    NEW.revision := OLD.revision + 1;
    RETURN NEW;
END $$;
"""


def check(table: str, name: str, column: str, allowed: tuple[str, ...]) -> None:
    """Replace a check of words. New rows are checked at once, old ones without holding up anybody."""
    listed = ", ".join(f"'{word}'" for word in allowed)
    op.execute(f"ALTER TABLE {table} DROP CONSTRAINT IF EXISTS {name}")
    op.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} CHECK ({column} IN ({listed})) NOT VALID")
    op.execute(f"ALTER TABLE {table} VALIDATE CONSTRAINT {name}")


#: The card of a mail that waited has a button that takes the approval back, until somebody claims it.
SHOW_CLAIM = """
CREATE TRIGGER show_claim AFTER UPDATE OF status ON send_queue FOR EACH ROW
    WHEN (OLD.status = 'queued' AND NEW.status = 'claimed' AND OLD.due_at > OLD.created_at)
    EXECUTE FUNCTION show_delivery();
"""

COLUMNS: dict[str, tuple[sa.Column[object], ...]] = {
    "workspaces": (
        sa.Column("undo_seconds", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("open_cards", sa.SmallInteger(), nullable=True),
        sa.Column("remind_after_hours", sa.SmallInteger(), nullable=True),
        sa.Column("escalate_after_hours", sa.SmallInteger(), nullable=True),
        sa.Column("expire_after_days", sa.SmallInteger(), nullable=True),
        sa.Column("digest_at", sa.Time(), nullable=True),
        sa.Column("digest_channel", sa.Text(), nullable=True),
    ),
    "members": (
        sa.Column("timezone", sa.Text(), nullable=True),
        sa.Column("quiet_from", sa.Time(), nullable=True),
        sa.Column("quiet_to", sa.Time(), nullable=True),
        sa.Column("muted_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reminders", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("reminded_at", sa.DateTime(timezone=True), nullable=True),
    ),
    "campaigns": (
        sa.Column("routing", sa.Text(), server_default="everyone", nullable=False),
        sa.Column("quorum", sa.SmallInteger(), server_default="1", nullable=False),
        sa.Column("self_approval", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.Column("admins_above_risk", sa.Text(), nullable=True),
    ),
    "drafts": (
        sa.Column("waits_since", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("assigned_to", sa.Uuid(), sa.ForeignKey("members.id", name="fk_drafts_assigned_to"), nullable=True),
        sa.Column("snoozed_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("snoozed_by", sa.Uuid(), sa.ForeignKey("members.id", name="fk_drafts_snoozed_by"), nullable=True),
        sa.Column("change_note", sa.Text(), nullable=True),
        sa.Column(
            "change_asked_by", sa.Uuid(), sa.ForeignKey("members.id", name="fk_drafts_change_asked_by"), nullable=True
        ),
        sa.Column("escalated_at", sa.DateTime(timezone=True), nullable=True),
    ),
    "cards": (
        sa.Column("thread_ts", sa.Text(), nullable=True),
        sa.Column("thread_shows", sa.Text(), nullable=True),
    ),
    "alerts": (
        sa.Column("kind", sa.Text(), server_default="account_paused", nullable=False),
        sa.Column("draft_id", sa.Uuid(), sa.ForeignKey("drafts.id", name="fk_alerts_draft_id"), nullable=True),
        sa.Column("about", sa.Text(), nullable=True),
    ),
}
BOUNDS = (
    ("workspaces", "undo_within_minutes", "undo_seconds BETWEEN 0 AND 120"),
    ("workspaces", "a_handful_of_cards", "open_cards BETWEEN 1 AND 100"),
    ("workspaces", "remind_within_a_month", "remind_after_hours BETWEEN 1 AND 720"),
    ("workspaces", "escalate_within_a_month", "escalate_after_hours BETWEEN 1 AND 720"),
    ("workspaces", "expire_within_a_year", "expire_after_days BETWEEN 1 AND 365"),
    ("members", "quiet_from_and_to", "(quiet_from IS NULL) = (quiet_to IS NULL)"),
    ("campaigns", "quorum_of_a_few", "quorum BETWEEN 1 AND 5"),
)


def upgrade() -> None:
    for table, columns in COLUMNS.items():
        for column in columns:
            op.add_column(table, column)
    for table, name, bound in BOUNDS:
        op.execute(f"ALTER TABLE {table} ADD CONSTRAINT ck_{table}_{name} CHECK ({bound})")
    op.alter_column("alerts", "account_id", nullable=True)
    op.create_unique_constraint(op.f("uq_alerts_member_id_about"), "alerts", ["member_id", "about"])
    op.create_table(
        "draft_approvals",
        sa.Column("draft_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("timing", sa.Text(), nullable=False),
        sa.Column("surface", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["draft_id"], ["drafts.id"], name=op.f("fk_draft_approvals_draft_id")),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_draft_approvals_member_id")),
        sa.ForeignKeyConstraint(
            ["draft_id", "version"],
            ["draft_versions.draft_id", "draft_versions.version"],
            name="fk_draft_approvals_version",
        ),
        sa.PrimaryKeyConstraint("draft_id", "version", "member_id", name=op.f("pk_draft_approvals")),
    )
    op.create_table(
        "homes",
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("campaign_id", sa.Uuid(), nullable=True),
        sa.Column("risk", sa.Text(), nullable=True),
        sa.Column("page", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("drawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("shows", sa.Text(), nullable=True),
        sa.Column("held_until", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_homes_member_id")),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name=op.f("fk_homes_workspace_id")),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaigns.id"], name=op.f("fk_homes_campaign_id")),
        sa.PrimaryKeyConstraint("member_id", name=op.f("pk_homes")),
    )
    check("message_events", "ck_message_events_verb_known", "verb", VERBS)
    check("message_events", "ck_message_events_code_known", "code", CODES)
    check("campaigns", "ck_campaigns_routing_known", "routing", ("everyone", "round_robin", "least_loaded"))
    check("campaigns", "ck_campaigns_admins_above_risk_known", "admins_above_risk", RISKS)
    check("homes", "ck_homes_risk_known", "risk", RISKS)
    check("draft_approvals", "ck_draft_approvals_timing_known", "timing", ("earliest", "next_slot"))
    surfaces = ("slack", "web", "api", "cli", "job", "provider")
    check("draft_approvals", "ck_draft_approvals_surface_known", "surface", surfaces)
    kinds = ("account_paused", "outcome_unknown", "queue_stuck", "slack_permissions", "draft_waiting")
    check("alerts", "ck_alerts_kind_known", "kind", kinds)
    open_ = "('pending', 'needs_review', 'manual_review')"
    op.execute(guard_draft(MOVES, open_, "DECLARE rules record;\n", BY_THE_RULES))
    op.execute(SHOW_CLAIM)
    op.execute(
        "CREATE TRIGGER keep_approvals BEFORE UPDATE OR DELETE ON draft_approvals"
        " FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )
    op.execute(
        "CREATE TRIGGER keep_all BEFORE TRUNCATE ON draft_approvals FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )


def downgrade() -> None:
    op.execute("DROP TRIGGER show_claim ON send_queue")
    op.execute(guard_draft(MOVES_BEFORE, "('needs_review', 'manual_review')", "", ""))
    op.drop_table("homes")
    op.drop_table("draft_approvals")
    op.drop_constraint("uq_alerts_member_id_about", "alerts")
    op.alter_column("alerts", "account_id", nullable=False)
    for table, name, _ in BOUNDS:
        op.execute(f"ALTER TABLE {table} DROP CONSTRAINT ck_{table}_{name}")
    for table, columns in COLUMNS.items():
        for column in reversed(columns):
            op.drop_column(table, column.name)
    check("message_events", "ck_message_events_verb_known", "verb", VERBS_BEFORE)
    check("message_events", "ck_message_events_code_known", "code", CODES_BEFORE)
