"""Take feedback: bounces, complaints, replies and unsubscribes are events, once each; and admins hear of paused accounts.

What came back is kept: neither a late result of the attempt nor a new contact of the same person undoes it.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "take_feedback"
down_revision = "overrule_attempts"

OF_MAIL = (
    *("ingest", "submit", "block", "edit", "approve", "reject", "expire", "return"),
    *("claim", "release", "start", "deliver", "retry", "fail", "lose", "confirm", "resend", "cancel", "skip"),
    *("contradict", "duplicate", "stop_sending", "allow_sending"),
)
FEEDBACK = ("bounce", "complain", "reply", "unsubscribe")
THE_REST = ("read", "refuse", "pause", "resume", "declare")

# A reply is worth more than a bounce, and either more than what the attempt itself said.
KEEP_WHAT_CAME_BACK = """
CREATE FUNCTION keep_what_came_back() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.status = 'replied' OR (OLD.status = 'bounced' AND NEW.status <> 'replied') THEN
        NEW.status := OLD.status;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER keep_what_came_back BEFORE UPDATE OF status ON outreach_history
    FOR EACH ROW EXECUTE FUNCTION keep_what_came_back();
"""

# The same person in another offer, or one whom a LinkedIn URL makes known: their answer counts for all of them.
# Its name puts it before `keep_contact`, which decides on what it finds here.
CARRY_ANSWERS = """
CREATE FUNCTION carry_answers() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE linkedin text := fold_linkedin_url(NEW.linkedin_url);
BEGIN
    IF NEW.status = 'do_not_contact' THEN
        RETURN NEW;
    END IF;
    IF EXISTS (
        SELECT FROM contacts WHERE workspace_id = NEW.workspace_id AND status = 'do_not_contact'
            AND (email_folded = lower(NEW.email) OR linkedin_folded = linkedin)
    ) THEN
        NEW.status := 'do_not_contact';
        NEW.eligible_for_outreach := false;
    ELSIF EXISTS (
        SELECT FROM contacts WHERE workspace_id = NEW.workspace_id AND status = 'replied'
            AND (email_folded = lower(NEW.email) OR linkedin_folded = linkedin)
    ) OR EXISTS (
        SELECT FROM outreach_history WHERE workspace_id = NEW.workspace_id AND status = 'replied'
            AND (email_folded = lower(NEW.email) OR linkedin_folded = linkedin)
    ) THEN
        NEW.status := 'replied';
        NEW.eligible_for_outreach := false;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER carry_answers BEFORE INSERT OR UPDATE OF linkedin_url ON contacts
    FOR EACH ROW EXECUTE FUNCTION carry_answers();
"""

# What an admin saw when they resumed an account is not held against it a second time.
WATCH_AFRESH = """
CREATE FUNCTION watch_afresh() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.watched_from := clock_timestamp();
    RETURN NEW;
END $$;
CREATE TRIGGER watch_afresh BEFORE UPDATE OF status ON accounts
    FOR EACH ROW WHEN (OLD.status = 'paused' AND NEW.status = 'active') EXECUTE FUNCTION watch_afresh();
"""


def verbs(allowed: tuple[str, ...]) -> None:
    """Replace the check of the verbs. New rows are checked at once, old ones without holding up anybody."""
    listed = ", ".join(f"'{verb}'" for verb in allowed)
    op.execute("ALTER TABLE message_events DROP CONSTRAINT ck_message_events_verb_known")
    op.execute(
        f"ALTER TABLE message_events ADD CONSTRAINT ck_message_events_verb_known CHECK (verb IN ({listed})) NOT VALID"
    )
    op.execute("ALTER TABLE message_events VALIDATE CONSTRAINT ck_message_events_verb_known")


def upgrade() -> None:
    verbs((*OF_MAIL, *FEEDBACK, *THE_REST))
    op.add_column("drafts", sa.Column("evidence", postgresql.ARRAY(sa.Text()), nullable=True))
    op.add_column("accounts", sa.Column("watched_from", sa.DateTime(timezone=True), nullable=True))
    op.create_table(
        "alerts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("sentence", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("try_after", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("tried_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("gone_reason", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_alerts_account_id")),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_alerts_member_id")),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name=op.f("fk_alerts_workspace_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alerts")),
    )
    op.create_index(
        "ix_alerts_to_tell",
        "alerts",
        ["try_after"],
        unique=False,
        postgresql_where=sa.text("told_at IS NULL AND gone_reason IS NULL"),
    )
    for statement in (KEEP_WHAT_CAME_BACK, CARRY_ANSWERS, WATCH_AFRESH):
        op.execute(statement)


def downgrade() -> None:
    for function in ("watch_afresh()", "carry_answers()", "keep_what_came_back()"):
        op.execute(f"DROP FUNCTION {function} CASCADE")
    op.drop_table("alerts")
    op.drop_column("accounts", "watched_from")
    op.drop_column("drafts", "evidence")
    verbs((*OF_MAIL, *THE_REST))
