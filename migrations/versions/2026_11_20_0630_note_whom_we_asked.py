"""Note at which provider an attempt was handed over under its id, so that it can be asked again what became of it."""

import sqlalchemy as sa
from alembic import op

revision = "note_whom_we_asked"
down_revision = "add_views"


def upgrade() -> None:
    op.add_column("send_attempts", sa.Column("asked", sa.Text(), nullable=True))
    with op.get_context().autocommit_block():
        op.create_index(
            "ix_send_attempts_to_replay",
            "send_attempts",
            ["finished_at"],
            unique=False,
            postgresql_where=sa.text("outcome = 'unknown' AND asked IS NOT NULL"),
            postgresql_concurrently=True,
            if_not_exists=True,
        )


def downgrade() -> None:
    op.drop_index("ix_send_attempts_to_replay", table_name="send_attempts")
    op.drop_column("send_attempts", "asked")
