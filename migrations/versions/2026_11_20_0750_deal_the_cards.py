"""Deal the cards: who has how many open, who is owed one, whose turn it is, and what is next, all by index.

The cards of what is decided ask for nothing any more: they are marked once, so that the index begins small.
"""

import sqlalchemy as sa
from alembic import op

revision = "deal_the_cards"
down_revision = "tell_the_day"

OPEN = "status IN ('needs_review', 'manual_review')"
AWAKE = f"{OPEN} AND snoozed_until IS NULL"
RANK = "CASE WHEN risk = 'low' THEN 1 WHEN risk = 'review' THEN 2 ELSE 3 END"
IN_ORDER = ["campaign_id", f"({RANK})", "confidence DESC NULLS LAST", "created_at", "id"]

#: (name, table, columns, condition)
INDEXES = (
    ("ix_drafts_to_deal", "drafts", IN_ORDER, f"{AWAKE} AND assigned_to IS NULL"),
    ("ix_drafts_assigned", "drafts", ["assigned_to"], f"{AWAKE} AND assigned_to IS NOT NULL"),
    (
        "ix_drafts_to_escalate",
        "drafts",
        ["workspace_id", "waits_since"],
        f"{AWAKE} AND escalated_at IS NULL",
    ),
    ("ix_cards_asking", "cards", ["member_id"], "asks AND gone_reason IS NULL"),
    ("ix_members_owed", "members", ["workspace_id"], "owed"),
)


def upgrade() -> None:
    op.add_column("members", sa.Column("owed", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("campaign_reviewers", sa.Column("turn", sa.BigInteger(), server_default="0", nullable=False))
    op.add_column("cards", sa.Column("asks", sa.Boolean(), server_default=sa.true(), nullable=False))
    op.execute(f"UPDATE cards SET asks = false FROM drafts WHERE drafts.id = cards.draft_id AND NOT ({OPEN})")
    with op.get_context().autocommit_block():
        for name, table, columns, condition in INDEXES:
            op.drop_index(name, table_name=table, postgresql_concurrently=True, if_exists=True)  # one left half made
            op.create_index(
                name,
                table,
                [sa.literal_column(column) for column in columns],
                postgresql_where=sa.text(condition),
                postgresql_concurrently=True,
            )


def downgrade() -> None:
    for name, table, *_ in reversed(INDEXES):
        op.drop_index(name, table_name=table)
    op.drop_column("cards", "asks")
    op.drop_column("campaign_reviewers", "turn")
    op.drop_column("members", "owed")
