"""Members have a time at which the bot last answered what they wrote to it."""

import sqlalchemy as sa
from alembic import op

revision = "answer_direct_messages"
down_revision = "lease_the_lead_of_the_clock"


def upgrade() -> None:
    op.add_column("members", sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column("members", "answered_at")
