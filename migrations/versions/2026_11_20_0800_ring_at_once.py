"""What somebody has just decided is drawn at once, however late its cards were to be tried again.

And the cards of what nobody has decided on are found without walking past decided ones that cannot be drawn.
"""

import sqlalchemy as sa
from alembic import op

revision = "ring_at_once"
down_revision = "add_tasks"

RING_DRAFT = """
CREATE FUNCTION ring_draft() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.sync_after := least(NEW.sync_after, now());
    RETURN NEW;
END $$;
"""
TRIGGER = """
CREATE TRIGGER ring_draft BEFORE UPDATE OF status, version ON drafts
    FOR EACH ROW WHEN (NEW.status <> OLD.status OR NEW.version <> OLD.version) EXECUTE FUNCTION ring_draft();
"""


def upgrade() -> None:
    with op.get_context().autocommit_block():
        op.create_index(
            "ix_drafts_undecided_behind",
            "drafts",
            ["sync_after"],
            unique=False,
            postgresql_where=sa.text("drawn_revision < revision AND status IN ('needs_review', 'manual_review')"),
            postgresql_concurrently=True,
            if_not_exists=True,
        )
    op.execute(RING_DRAFT)
    op.execute(TRIGGER)


def downgrade() -> None:
    op.execute("DROP TRIGGER ring_draft ON drafts")
    op.execute("DROP FUNCTION ring_draft()")
    op.drop_index("ix_drafts_undecided_behind", table_name="drafts")
