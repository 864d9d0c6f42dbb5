"""Messages in Slack that show a draft, and the Homes of members."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from core import taxonomy as words
from core.ids import UUID
from core.models.base import Base, belongs_to, now_by_default, one_of, primary_key


class Card(Base):
    """One Slack message that shows a draft."""

    __tablename__ = "cards"
    __table_args__ = (
        sa.UniqueConstraint("draft_id", "member_id"),
        sa.UniqueConstraint("channel", "ts"),
        sa.Index("uq_cards_one_per_channel", "draft_id", unique=True, postgresql_where=sa.text("place = 'channel'")),
        one_of("place", words.CardPlace),
        sa.CheckConstraint("(place = 'dm') = (member_id IS NOT NULL)", name="dm_has_member"),
        sa.Index("ix_cards_asking", "member_id", postgresql_where=sa.text("asks AND gone_reason IS NULL")),
    )
    id: Mapped[UUID] = primary_key()
    workspace_id: Mapped[UUID] = belongs_to("workspaces.id")
    draft_id: Mapped[UUID] = belongs_to("drafts.id")
    place: Mapped[str]
    member_id: Mapped[UUID | None] = belongs_to("members.id")
    #: Slack's names for the message; empty until it was posted.
    channel: Mapped[str | None]
    ts: Mapped[str | None]
    #: The revision of the draft that the message shows.
    drawn_revision: Mapped[int] = mapped_column(sa.BigInteger, server_default="0")
    #: The drawing lock: until then one job alone draws this card.
    held_until: Mapped[datetime | None]
    #: When a first post was tried: if no `ts` came back, the message may exist, and is looked for before posting again.
    tried_at: Mapped[datetime | None]
    #: Closed for good: the member left, or Slack refuses this place.
    gone_reason: Mapped[str | None]
    #: False once its draft was seen to ask for no decision: the open ones, which are few, are found by index.
    asks: Mapped[bool] = mapped_column(server_default=sa.true())
    #: The reply under the card that tells the draft's history, and a hash of what it shows.
    thread_ts: Mapped[str | None]
    thread_shows: Mapped[str | None]
    #: Its drawing lock; and when its first post was tried, as for the card itself.
    thread_held_until: Mapped[datetime | None]
    thread_tried_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = now_by_default()


class Home(Base):
    """What a member's App Home shows, while they have it open."""

    __tablename__ = "homes"
    __table_args__ = (one_of("risk", words.Risk),)
    member_id: Mapped[UUID] = belongs_to("members.id", primary_key=True)
    workspace_id: Mapped[UUID] = belongs_to("workspaces.id")
    #: When they last opened or used it: Slack does not tell when it is closed.
    opened_at: Mapped[datetime] = now_by_default()
    #: What they chose to see.
    campaign_id: Mapped[UUID | None] = belongs_to("campaigns.id")
    risk: Mapped[str | None]
    page: Mapped[int] = mapped_column(sa.SmallInteger, server_default="0")
    #: The drafts whose rows it shows, in their order: they keep their places while it is used. Empty to list anew.
    listed: Mapped[list[UUID] | None] = mapped_column(ARRAY(sa.Uuid))
    #: What came of their last click, in a sentence, until their next.
    note: Mapped[str | None]
    #: When it was last read from the rows, and a hash of what Slack shows; empty where nobody knows.
    drawn_at: Mapped[datetime | None]
    shows: Mapped[str | None]
    #: The drawing lock; and when the clock may look at it again.
    held_until: Mapped[datetime | None]
    sync_after: Mapped[datetime] = now_by_default()
