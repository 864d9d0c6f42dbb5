"""Remind reviewers: one more kind of what members are told."""

from alembic import op

revision = "remind_reviewers"
down_revision = "hold_the_threads"

KINDS_BEFORE = (
    *("account_paused", "outcome_unknown", "queue_stuck", "slack_permissions", "draft_waiting"),
    *("campaign_switched", "digest"),
)
KINDS = (*KINDS_BEFORE, "reminder")


def upgrade() -> None:
    know(KINDS)


def downgrade() -> None:
    op.execute("DELETE FROM alerts WHERE kind = 'reminder'")
    know(KINDS_BEFORE)


def know(kinds: tuple[str, ...]) -> None:
    """Replace the check of the words. New rows are checked at once, old ones without holding up anybody."""
    listed = ", ".join(f"'{kind}'" for kind in kinds)
    op.execute("ALTER TABLE alerts DROP CONSTRAINT IF EXISTS ck_alerts_kind_known")
    op.execute(f"ALTER TABLE alerts ADD CONSTRAINT ck_alerts_kind_known CHECK (kind IN ({listed})) NOT VALID")
    op.execute("ALTER TABLE alerts VALIDATE CONSTRAINT ck_alerts_kind_known")
