"""Find the cards of decided drafts without walking past thousands that nobody has decided on."""

import sqlalchemy as sa
from alembic import op

revision = "put_decisions_first"
down_revision = "remind_reviewers"


def upgrade() -> None:
    with op.get_context().autocommit_block():
        op.create_index(
            "ix_drafts_decided_behind",
            "drafts",
            ["sync_after"],
            unique=False,
            postgresql_where=sa.text("drawn_revision < revision AND status NOT IN ('needs_review', 'manual_review')"),
            postgresql_concurrently=True,
            if_not_exists=True,
        )


def downgrade() -> None:
    op.drop_index("ix_drafts_decided_behind", table_name="drafts")
