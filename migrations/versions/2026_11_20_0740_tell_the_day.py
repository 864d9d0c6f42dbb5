"""Tell the day: digests, and what a campaign's reviewers hear of a pause, beside the alerts of admins."""

import sqlalchemy as sa
from alembic import op

revision = "tell_the_day"
down_revision = "index_the_review"

KINDS_BEFORE = ("account_paused", "outcome_unknown", "queue_stuck", "slack_permissions", "draft_waiting")
KINDS = (*KINDS_BEFORE, "campaign_switched", "digest")
SWITCHES = "ix_message_events_switches"


def upgrade() -> None:
    op.add_column("workspaces", sa.Column("digested_on", sa.Date(), nullable=True))
    op.add_column("alerts", sa.Column("channel", sa.Text(), nullable=True))
    op.alter_column("alerts", "member_id", nullable=True)
    op.create_unique_constraint(op.f("uq_alerts_channel_about"), "alerts", ["channel", "about"])
    op.execute(
        "ALTER TABLE alerts ADD CONSTRAINT ck_alerts_a_member_or_a_channel"
        " CHECK ((member_id IS NULL) <> (channel IS NULL))"
    )
    know(KINDS)
    with op.get_context().autocommit_block():
        op.drop_index(SWITCHES, table_name="message_events", postgresql_concurrently=True, if_exists=True)
        op.create_index(
            SWITCHES,
            "message_events",
            ["campaign_id", "id"],
            postgresql_where=sa.text("verb IN ('pause', 'resume')"),
            postgresql_concurrently=True,
        )


def downgrade() -> None:
    op.drop_index(SWITCHES, table_name="message_events")
    op.execute("DELETE FROM alerts WHERE channel IS NOT NULL OR kind IN ('campaign_switched', 'digest')")
    know(KINDS_BEFORE)
    op.drop_constraint("ck_alerts_a_member_or_a_channel", "alerts")
    op.drop_constraint("uq_alerts_channel_about", "alerts")
    op.alter_column("alerts", "member_id", nullable=False)
    op.drop_column("alerts", "channel")
    op.drop_column("workspaces", "digested_on")


def know(kinds: tuple[str, ...]) -> None:
    """Replace the check of the words. New rows are checked at once, old ones without holding up anybody."""
    listed = ", ".join(f"'{kind}'" for kind in kinds)
    op.execute("ALTER TABLE alerts DROP CONSTRAINT IF EXISTS ck_alerts_kind_known")
    op.execute(f"ALTER TABLE alerts ADD CONSTRAINT ck_alerts_kind_known CHECK (kind IN ({listed})) NOT VALID")
    op.execute("ALTER TABLE alerts VALIDATE CONSTRAINT ck_alerts_kind_known")
