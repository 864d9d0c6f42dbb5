"""Workspaces, their members, and the keys of their API."""

from datetime import date, datetime, time

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from core import taxonomy as words
from core.ids import UUID
from core.models.base import Base, belongs_to, now_by_default, one_of, primary_key


class Workspace(Base):
    __tablename__ = "workspaces"
    __table_args__ = (
        sa.CheckConstraint("undo_seconds BETWEEN 0 AND 120", name="undo_within_minutes"),
        sa.CheckConstraint("open_cards BETWEEN 1 AND 100", name="a_handful_of_cards"),
        sa.CheckConstraint("remind_after_hours BETWEEN 1 AND 720", name="remind_within_a_month"),
        sa.CheckConstraint("escalate_after_hours BETWEEN 1 AND 720", name="escalate_within_a_month"),
        sa.CheckConstraint("expire_after_days BETWEEN 1 AND 365", name="expire_within_a_year"),
    )
    id: Mapped[UUID] = primary_key()
    name: Mapped[str]
    slack_team_id: Mapped[str] = mapped_column(unique=True)
    timezone: Mapped[str] = mapped_column(server_default="UTC")
    #: Seconds in which an approval can be taken back before its mail may leave; 0: none.
    undo_seconds: Mapped[int] = mapped_column(sa.SmallInteger, server_default="0")
    #: Cards that one reviewer has open at most; the rest waits in their Home. Empty: no limit.
    open_cards: Mapped[int | None] = mapped_column(sa.SmallInteger)
    #: Hours after which reviewers are reminded of what waits, then admins; and days after which a draft expires.
    remind_after_hours: Mapped[int | None] = mapped_column(sa.SmallInteger)
    escalate_after_hours: Mapped[int | None] = mapped_column(sa.SmallInteger)
    expire_after_days: Mapped[int | None] = mapped_column(sa.SmallInteger)
    #: When the daily digest is told, in the workspace's time zone, and in which channel; else to admins and owners.
    digest_at: Mapped[time | None]
    digest_channel: Mapped[str | None]
    #: The last of its days whose digest was told, or had nothing to tell.
    digested_on: Mapped[date | None]
    created_at: Mapped[datetime] = now_by_default()


class Member(Base):
    __tablename__ = "members"
    __table_args__ = (
        sa.UniqueConstraint("workspace_id", "slack_user_id"),
        one_of("role", words.Role),
        sa.CheckConstraint("(quiet_from IS NULL) = (quiet_to IS NULL)", name="quiet_from_and_to"),
        sa.Index("ix_members_owed", "workspace_id", postgresql_where=sa.text("owed")),
    )
    id: Mapped[UUID] = primary_key()
    workspace_id: Mapped[UUID] = belongs_to("workspaces.id")
    slack_user_id: Mapped[str]
    name: Mapped[str]
    email: Mapped[str | None]
    role: Mapped[str]
    #: False once Slack says that the member was deactivated: no cards go there any more.
    active: Mapped[bool] = mapped_column(server_default=sa.true())
    #: The DM between the bot and this member, once it was opened, and when Slack last confirmed the member.
    dm_channel: Mapped[str | None]
    checked_at: Mapped[datetime | None]
    #: When the bot last answered what they wrote to it: it says once in a while what it can do.
    answered_at: Mapped[datetime | None]
    #: Their own time zone where it is not the workspace's, and the hours of a day in which nothing new comes to them.
    timezone: Mapped[str | None]
    quiet_from: Mapped[time | None]
    quiet_to: Mapped[time | None]
    #: They asked for no cards, reminders and digests until then.
    muted_until: Mapped[datetime | None]
    #: How often they were reminded of what waits since they last decided something, and when.
    reminders: Mapped[int] = mapped_column(sa.SmallInteger, server_default="0")
    reminded_at: Mapped[datetime | None]
    #: A draft may wait for them that they had no room or no time for: the clock looks, and takes this back.
    owed: Mapped[bool] = mapped_column(server_default=sa.false())
    created_at: Mapped[datetime] = now_by_default()


class ApiKey(Base):
    """A bearer key of the HTTP API. Only its SHA-256 is kept: the key itself has 256 random bits."""

    __tablename__ = "api_keys"
    __table_args__ = (
        sa.Index(
            "uq_api_keys_name", "workspace_id", "name", unique=True, postgresql_where=sa.text("revoked_at IS NULL")
        ),
    )
    id: Mapped[UUID] = primary_key()
    workspace_id: Mapped[UUID] = belongs_to("workspaces.id")
    name: Mapped[str]
    key_sha256: Mapped[str] = mapped_column(unique=True)
    created_at: Mapped[datetime] = now_by_default()
    last_used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
