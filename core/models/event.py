"""The history of everything (P10)."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from core import taxonomy as words
from core.ids import UUID
from core.models.base import Base, belongs_to, in_state, one_of, primary_key


class Event(Base):
    """One line in the history of everything (P10). Holds ids, counts and codes only (P11). Append-only."""

    __tablename__ = "message_events"
    __table_args__ = (
        one_of("verb", words.Verb),
        one_of("surface", words.Surface),
        one_of("code", words.RefusalCode),
        sa.Index("ix_message_events_draft", "draft_id", "id"),
        sa.Index("ix_message_events_workspace", "workspace_id", "id"),
        sa.Index("ix_message_events_task", "task_id", "id", postgresql_where=sa.text("task_id IS NOT NULL")),
        # What came back of a mail is recorded once, whoever tells it how often; but replies that have keys of their own
        # are as many as they are (`core/intake/feedback.py`).
        sa.Index(
            "uq_message_events_feedback",
            "draft_id",
            "verb",
            sa.text("COALESCE(data ->> 'hard', '')"),
            unique=True,
            postgresql_where=sa.text(
                f"verb IN ({in_state(*words.FEEDBACK_VERBS)}) AND NOT (verb = 'reply' AND data ? 'key_sha256')"
            ),
        ),
        sa.Index(
            "uq_message_events_feedback_key",
            "workspace_id",
            sa.text("(data ->> 'key_sha256')"),
            unique=True,
            postgresql_where=sa.text(f"verb IN ({in_state(*words.FEEDBACK_VERBS)})"),
        ),
        # When a campaign was last paused or resumed, and by what act.
        sa.Index(
            "ix_message_events_switches", "campaign_id", "id", postgresql_where=sa.text("verb IN ('pause', 'resume')")
        ),
        sa.Index(
            "ix_message_events_bad_news", "delivery_id", postgresql_where=sa.text("verb IN ('bounce', 'complain')")
        ),
        sa.Index(
            "ix_message_events_decided",
            "member_id",
            "id",
            postgresql_where=sa.text(f"verb IN ({in_state(*words.DECIDING_VERBS)})"),
        ),
    )
    id: Mapped[UUID] = primary_key()
    #: Empty only for a refused click of somebody whom no workspace knows.
    workspace_id: Mapped[UUID | None] = belongs_to("workspaces.id")
    at: Mapped[datetime] = mapped_column(server_default=sa.func.clock_timestamp())
    verb: Mapped[str]
    surface: Mapped[str]
    #: A member, an API key, or neither: then a job of Signoff itself.
    member_id: Mapped[UUID | None] = belongs_to("members.id")
    api_key_id: Mapped[UUID | None] = belongs_to("api_keys.id")
    draft_id: Mapped[UUID | None] = belongs_to("drafts.id")
    delivery_id: Mapped[UUID | None] = belongs_to("send_queue.id")
    attempt_id: Mapped[UUID | None] = belongs_to("send_attempts.id")
    campaign_id: Mapped[UUID | None] = belongs_to("campaigns.id")
    task_id: Mapped[UUID | None] = belongs_to("tasks.id")
    from_status: Mapped[str | None]
    to_status: Mapped[str | None]
    #: Why a refused act was refused.
    code: Mapped[str | None]
    data: Mapped[dict[str, Any]] = mapped_column(server_default=sa.text("'{}'::jsonb"))
