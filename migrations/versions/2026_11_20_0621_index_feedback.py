"""Index what feedback and the views look up. Beside the traffic, and by itself: it can be run again when it was cut off."""

import sqlalchemy as sa
from alembic import op

revision = "index_feedback"
down_revision = "take_feedback"

IS_FEEDBACK = "verb IN ('bounce', 'complain', 'reply', 'unsubscribe')"

#: (name, table, columns, unique, condition)
INDEXES: tuple[tuple[str, str, list[str], bool, str | None], ...] = (
    (
        "uq_message_events_feedback",
        "message_events",
        ["draft_id", "verb", "COALESCE(data ->> 'hard', '')"],
        True,
        IS_FEEDBACK,
    ),
    (
        "uq_message_events_feedback_key",
        "message_events",
        ["workspace_id", "(data ->> 'key_sha256')"],
        True,
        IS_FEEDBACK,
    ),
    ("ix_message_events_bad_news", "message_events", ["delivery_id"], False, "verb IN ('bounce', 'complain')"),
    ("ix_send_queue_contact", "send_queue", ["contact_id"], False, "status = 'queued'"),
    ("ix_drafts_open", "drafts", ["workspace_id", "created_at"], False, "status IN ('needs_review', 'manual_review')"),
    ("ix_outreach_history_workspace", "outreach_history", ["workspace_id", "contacted_at"], False, None),
)


def upgrade() -> None:
    with op.get_context().autocommit_block():
        for name, table, columns, unique, condition in INDEXES:
            op.drop_index(name, table_name=table, postgresql_concurrently=True, if_exists=True)  # one left half made
            op.create_index(
                name,
                table,
                [sa.literal_column(column) for column in columns],
                unique=unique,
                postgresql_where=sa.text(condition) if condition else None,
                postgresql_concurrently=True,
            )


def downgrade() -> None:
    for name, table, *_ in reversed(INDEXES):
        op.drop_index(name, table_name=table)
