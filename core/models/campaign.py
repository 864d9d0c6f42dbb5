"""Offers, campaigns and their reviewers."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from core import taxonomy as words
from core.ids import UUID
from core.models.base import Base, belongs_to, now_by_default, one_of, primary_key


class Offer(Base):
    __tablename__ = "offers"
    __table_args__ = (sa.UniqueConstraint("workspace_id", "slug"),)
    id: Mapped[UUID] = primary_key()
    workspace_id: Mapped[UUID] = belongs_to("workspaces.id")
    slug: Mapped[str]
    created_at: Mapped[datetime] = now_by_default()


class Campaign(Base):
    __tablename__ = "campaigns"
    __table_args__ = (
        sa.UniqueConstraint("workspace_id", "slug"),
        one_of("mode", words.CampaignMode),
        one_of("status", words.CampaignStatus),
        one_of("routing", words.Routing),
        one_of("admins_above_risk", words.Risk),
        sa.CheckConstraint("quorum BETWEEN 1 AND 5", name="quorum_of_a_few"),
        sa.Index("ix_campaigns_to_show", "id", postgresql_where=sa.text("shown_status <> status")),
    )
    id: Mapped[UUID] = primary_key()
    workspace_id: Mapped[UUID] = belongs_to("workspaces.id")
    offer_id: Mapped[UUID] = belongs_to("offers.id")
    account_id: Mapped[UUID] = belongs_to("accounts.id")
    slug: Mapped[str]
    name: Mapped[str]
    mode: Mapped[str] = mapped_column(server_default=words.CampaignMode.REVIEW)
    status: Mapped[str] = mapped_column(server_default=words.CampaignStatus.ACTIVE)
    #: The status that the cards of its mail show: the clock sees to it that they follow.
    shown_status: Mapped[str] = mapped_column(server_default=words.CampaignStatus.ACTIVE)
    #: A Slack channel that gets a card as well as the reviewers' DMs.
    slack_channel: Mapped[str | None]
    #: Send in the recipient's business hours, where their time zone is known.
    recipient_hours: Mapped[bool] = mapped_column(server_default=sa.false())
    #: Who gets the card of a new draft; how many must approve it; whether its last author may; and the highest risk
    #: that a reviewer may approve, where only admins may approve more.
    routing: Mapped[str] = mapped_column(server_default=words.Routing.EVERYONE)
    quorum: Mapped[int] = mapped_column(sa.SmallInteger, server_default="1")
    self_approval: Mapped[bool] = mapped_column(server_default=sa.true())
    admins_above_risk: Mapped[str | None]
    created_at: Mapped[datetime] = now_by_default()


class CampaignReviewer(Base):
    __tablename__ = "campaign_reviewers"
    campaign_id: Mapped[UUID] = belongs_to("campaigns.id", primary_key=True)
    member_id: Mapped[UUID] = belongs_to("members.id", primary_key=True)
    #: Counts the drafts that were routed in this campaign: the lowest was their turn longest ago, and is next.
    turn: Mapped[int] = mapped_column(sa.BigInteger, server_default="0")
