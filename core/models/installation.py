"""This installation: whether anything may be sent; which clock leads; and the Slack teams that it is in."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from core import taxonomy as words
from core.ids import UUID
from core.models.base import Base, belongs_to, now_by_default, one_of, primary_key


class Installation(Base):
    """One row for all of this installation: whether anything may be sent at all (P12)."""

    __tablename__ = "installation"
    __table_args__ = (sa.CheckConstraint("id", name="one_row"), one_of("stopped_by", words.StoppedBy))
    id: Mapped[bool] = mapped_column(primary_key=True, server_default=sa.true())
    #: Why nothing is sent, in a sentence; empty while sending is allowed.
    sending_stopped: Mapped[str | None]
    stopped_at: Mapped[datetime | None]
    stopped_by: Mapped[str | None]
    #: Attempts up to this number that the database does not remember were answered for by a person.
    confirmed_number: Mapped[int] = mapped_column(sa.BigInteger, server_default="0")


class ClockLease(Base):
    """One row: which of the clocks leads, and until when. A lease, so that it binds no session (`jobs/lead.py`)."""

    __tablename__ = "clock_lease"
    __table_args__ = (sa.CheckConstraint("id", name="one_row"),)
    id: Mapped[bool] = mapped_column(primary_key=True, server_default=sa.true())
    holder: Mapped[UUID | None]
    #: The fencing token: one more with each clock that takes the lead.
    token: Mapped[int] = mapped_column(sa.BigInteger, server_default="0")
    expires_at: Mapped[datetime]


class SlackInstallation(Base):
    """The app in one Slack team, by OAuth: its bot token, sealed (`core.secrets`). Gone with the installation."""

    __tablename__ = "installations"
    __table_args__ = (
        sa.CheckConstraint("(revoked_at IS NULL) = (bot_token IS NOT NULL)", name="token_until_revoked"),
        sa.CheckConstraint("(revoked_at IS NULL) = (reason IS NULL)", name="revoked_for_a_reason"),
        sa.CheckConstraint("(refresh_token IS NULL) = (expires_at IS NULL)", name="refreshed_if_it_expires"),
        sa.CheckConstraint("bot_token LIKE 'enc:%' AND refresh_token LIKE 'enc:%'", name="tokens_are_sealed"),
    )
    id: Mapped[UUID] = primary_key()
    workspace_id: Mapped[UUID] = belongs_to("workspaces.id", unique=True)
    slack_team_id: Mapped[str] = mapped_column(unique=True)
    bot_user_id: Mapped[str]
    scopes: Mapped[list[str]]
    bot_token: Mapped[str | None]
    #: Where tokens rotate: what the next one is asked for with, until when this one holds, and who is at it until when.
    refresh_token: Mapped[str | None]
    expires_at: Mapped[datetime | None]
    held_until: Mapped[datetime | None]
    #: The hash of the round trip that installed it: each is good once.
    state_sha256: Mapped[str] = mapped_column(unique=True)
    installed_by: Mapped[UUID | None] = belongs_to("members.id")
    installed_at: Mapped[datetime] = now_by_default()
    #: Uninstalled, or its token taken back: nothing is posted there until it is installed again.
    revoked_at: Mapped[datetime | None]
    reason: Mapped[str | None]
