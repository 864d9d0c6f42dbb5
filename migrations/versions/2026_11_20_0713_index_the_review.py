"""Index what waits for a decision, and what was put off. Beside the traffic, and by itself."""

import sqlalchemy as sa
from alembic import op

revision = "index_the_review"
down_revision = "guard_the_review"

INDEXES = (
    ("ix_drafts_waiting", ["workspace_id", "waits_since"], "status = 'needs_review' AND snoozed_until IS NULL"),
    ("ix_drafts_snoozed", ["snoozed_until"], "snoozed_until IS NOT NULL"),
)


def upgrade() -> None:
    with op.get_context().autocommit_block():
        for name, columns, condition in INDEXES:
            op.drop_index(name, table_name="drafts", postgresql_concurrently=True, if_exists=True)  # one left half made
            op.create_index(name, "drafts", columns, postgresql_where=sa.text(condition), postgresql_concurrently=True)


def downgrade() -> None:
    for name, *_ in reversed(INDEXES):
        op.drop_index(name, table_name="drafts")
