"""Hold the threads: one job at a time draws the history under a card, and looks for it before posting it again."""

import sqlalchemy as sa
from alembic import op

revision = "hold_the_threads"
down_revision = "keep_installations"

COLUMNS = ("thread_held_until", "thread_tried_at")


def upgrade() -> None:
    for column in COLUMNS:
        op.add_column("cards", sa.Column(column, sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    for column in reversed(COLUMNS):
        op.drop_column("cards", column)
