"""What people are told in Slack, once."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from core import taxonomy as words
from core.ids import UUID
from core.models.base import Base, belongs_to, now_by_default, one_of, primary_key


class Alert(Base):
    """Something that one member, or a channel, is to be told in Slack, once: a paused account, the day's digest."""

    __tablename__ = "alerts"
    __table_args__ = (
        one_of("kind", words.AlertKind),
        sa.UniqueConstraint("member_id", "about"),
        sa.UniqueConstraint("channel", "about"),
        sa.CheckConstraint("(member_id IS NULL) <> (channel IS NULL)", name="a_member_or_a_channel"),
        sa.Index("ix_alerts_to_tell", "try_after", postgresql_where=sa.text("told_at IS NULL AND gone_reason IS NULL")),
    )
    id: Mapped[UUID] = primary_key()
    workspace_id: Mapped[UUID] = belongs_to("workspaces.id")
    kind: Mapped[str] = mapped_column(server_default=words.AlertKind.ACCOUNT_PAUSED)
    account_id: Mapped[UUID | None] = belongs_to("accounts.id")
    draft_id: Mapped[UUID | None] = belongs_to("drafts.id")
    #: What this is about, in our own words: the same is told to a member once. Empty: whenever it happens.
    about: Mapped[str | None]
    member_id: Mapped[UUID | None] = belongs_to("members.id")
    #: A channel of Slack's, where no single member is told.
    channel: Mapped[str | None]
    #: What happened, in a sentence, as it was then.
    sentence: Mapped[str]
    created_at: Mapped[datetime] = now_by_default()
    #: The clock does not try before then; who tells it puts this off first, so that nobody else does.
    try_after: Mapped[datetime] = now_by_default()
    #: When it was last posted: if nothing came back, the message may exist, and is looked for before posting again.
    tried_at: Mapped[datetime | None]
    told_at: Mapped[datetime | None]
    #: Closed for good: the member left, or Slack refuses this place.
    gone_reason: Mapped[str | None]
