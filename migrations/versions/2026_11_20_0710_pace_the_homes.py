"""Pace the Homes: when the clock looks at one again, and what came of its member's last click.

And an index of what each member decided, for their day.
"""

import sqlalchemy as sa
from alembic import op

revision = "pace_the_homes"
down_revision = "add_the_working_day"

DECIDED = "verb IN ('approve', 'endorse', 'reject', 'request_changes')"


def upgrade() -> None:
    op.add_column(
        "homes", sa.Column("sync_after", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False)
    )
    op.add_column("homes", sa.Column("note", sa.Text(), nullable=True))
    with op.get_context().autocommit_block():
        op.create_index(
            "ix_message_events_decided",
            "message_events",
            ["member_id", "id"],
            unique=False,
            postgresql_where=sa.text(DECIDED),
            postgresql_concurrently=True,
            if_not_exists=True,
        )


def downgrade() -> None:
    op.drop_index("ix_message_events_decided", table_name="message_events")
    op.drop_column("homes", "note")
    op.drop_column("homes", "sync_after")
