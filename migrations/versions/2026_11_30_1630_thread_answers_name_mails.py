"""What an answer refers to beyond the message that it answers, and the id that a provider gave a mail.

Messages from before have no references, and mail from before no id of its provider: both are found as they were.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "thread_answers_name_mails"
down_revision = "block_open_drafts"

NAME = "ix_send_attempts_provider_id"


def upgrade() -> None:
    """An index that is built concurrently commits what stands before it: an end in the middle leaves what is met again."""
    op.add_column(
        "inbound_messages",
        sa.Column("reference_ids", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'::text[]"), nullable=False),
        if_not_exists=True,
    )
    op.add_column("send_attempts", sa.Column("provider_id", sa.Text(), nullable=True), if_not_exists=True)
    with op.get_context().autocommit_block():
        op.drop_index(NAME, table_name="send_attempts", postgresql_concurrently=True, if_exists=True)  # half made
        op.create_index(
            NAME,
            "send_attempts",
            ["workspace_id", "provider_id"],
            postgresql_where=sa.text("provider_id IS NOT NULL"),
            postgresql_concurrently=True,
        )


def downgrade() -> None:
    op.drop_index(NAME, table_name="send_attempts")
    op.drop_column("send_attempts", "provider_id")
    op.drop_column("inbound_messages", "reference_ids")
