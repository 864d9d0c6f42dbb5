"""Accounts: what sends, how much, when, and how it is received."""

from datetime import date, datetime, time

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from core import taxonomy as words
from core.ids import UUID
from core.models.base import Base, belongs_to, now_by_default, one_of, primary_key


class Account(Base):
    __tablename__ = "accounts"
    __table_args__ = (
        sa.UniqueConstraint("workspace_id", "address"),
        one_of("channel", words.Channel),
        one_of("status", words.AccountStatus),
        # What a provider forgives, whatever a person writes into a file (CHECKLIST 004.6).
        sa.CheckConstraint("daily_limit_emails BETWEEN 0 AND 100", name="emails_a_day"),
        sa.CheckConstraint("daily_limit_messages BETWEEN 0 AND 40", name="messages_a_day"),
        sa.CheckConstraint("daily_limit_connections BETWEEN 0 AND 20", name="connections_a_day"),
        sa.CheckConstraint("spacing_min_minutes BETWEEN 0 AND spacing_max_minutes", name="spacing_in_order"),
        sa.CheckConstraint("opens < closes OR closes = '00:00'", name="opens_before_it_closes"),
        sa.CheckConstraint("weekdays <@ '{1,2,3,4,5,6,7}'::smallint[]", name="iso_weekdays"),
        sa.CheckConstraint("health_score BETWEEN 0 AND 100", name="health_is_a_score"),
        sa.CheckConstraint("(rest_reason IS NULL) = (rest_since IS NULL)", name="rests_since_when"),
        sa.CheckConstraint(
            "rest_reason IS NOT NULL OR (rest_until IS NULL AND rest_code IS NULL AND rest_tries = 0)",
            name="rests_for_a_reason",
        ),
        sa.CheckConstraint("rest_tries >= 0", name="rest_tries_counted"),
        sa.Index("ix_accounts_rest_to_show", "id", postgresql_where=sa.text("NOT rest_shown")),
        sa.Index("ix_accounts_ready", "next_send_at", postgresql_where=sa.text("status = 'active'")),
    )
    id: Mapped[UUID] = primary_key()
    workspace_id: Mapped[UUID] = belongs_to("workspaces.id")
    channel: Mapped[str] = mapped_column(server_default=words.Channel.EMAIL)
    address: Mapped[str]
    name: Mapped[str]
    #: `smtp://…`, `smtps://…` without a password, `env:NAME`, or an encrypted one: see `core/mail/server.py`.
    smtp_url: Mapped[str]
    timezone: Mapped[str]
    status: Mapped[str] = mapped_column(server_default=words.AccountStatus.ACTIVE)
    #: Why it is paused, in a sentence.
    paused_reason: Mapped[str | None]
    #: A name that accounts share which are to stand in for each other. Kept, and not read by anything.
    rotation_set: Mapped[str | None]

    # When it may send: its hours, days and public holidays (ISO 3166-1 code), in its own time zone.
    country: Mapped[str | None]
    opens: Mapped[time] = mapped_column(server_default="09:00")
    closes: Mapped[time] = mapped_column(server_default="18:00")
    weekdays: Mapped[list[int]] = mapped_column(server_default=sa.text("'{1,2,3,4,5}'::smallint[]"))

    # How much: a day's limit of each kind, a warm-up that grows towards it, and minutes between two mails.
    daily_limit_emails: Mapped[int] = mapped_column(server_default="100")
    daily_limit_messages: Mapped[int] = mapped_column(server_default="38")
    daily_limit_connections: Mapped[int] = mapped_column(server_default="20")
    warmup_start: Mapped[int | None]
    warmup_step: Mapped[int] = mapped_column(server_default="5")
    warmup_from: Mapped[date | None]
    spacing_min_minutes: Mapped[int] = mapped_column(server_default="6")
    spacing_max_minutes: Mapped[int] = mapped_column(server_default="16")

    # What was counted, on which of its own days; kept by the trigger that watches claims, and by nobody else.
    counted_on: Mapped[date | None]
    #: A day's count is not forgotten before, because the account's time zone has changed.
    count_holds_until: Mapped[datetime | None]
    counted_emails: Mapped[int] = mapped_column(server_default="0")
    counted_messages: Mapped[int] = mapped_column(server_default="0")
    counted_connections: Mapped[int] = mapped_column(server_default="0")
    #: The next mail leaves no earlier than this.
    next_spaced_at: Mapped[datetime | None]
    #: When the clock should look at this account's queue again; empty while nothing waits.
    next_send_at: Mapped[datetime | None]

    # Why it rests (a `Reason`, with its reply code), since when and until when; without an end it waits for somebody's
    # act. `core/delivery/resting.py` begins and ends it; a new mail server and a resume end it by a trigger.
    rest_reason: Mapped[str | None]
    rest_code: Mapped[int | None] = mapped_column(sa.SmallInteger)
    rest_since: Mapped[datetime | None]
    rest_until: Mapped[datetime | None]
    #: How often it was found to be so in a row.
    rest_tries: Mapped[int] = mapped_column(sa.SmallInteger, server_default="0")
    #: The cards of its waiting mail say so, or that it is over.
    rest_shown: Mapped[bool] = mapped_column(server_default=sa.true())

    # How it is received: from bounces and complaints (`core/accounts/health.py`). Empty until there is enough to tell.
    health_score: Mapped[int | None]
    health_reasons: Mapped[list[str]] = mapped_column(server_default=sa.text("'{}'::text[]"))
    spam_rate: Mapped[float | None]
    health_at: Mapped[datetime | None]
    #: When it was last resumed: a rise of bounces from before is not held against it again (a trigger sets it).
    watched_from: Mapped[datetime | None]
    created_at: Mapped[datetime] = now_by_default()
