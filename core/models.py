"""Every table (DESIGN §7). Rules that the database can hold stand here or in the triggers of `migrations/`."""

from datetime import date, datetime, time
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from core import taxonomy as words
from core.ids import UUID, new_id
from core.states import LIVE_DELIVERY


class Base(DeclarativeBase):
    """Ids are UUIDv7, times are `timestamptz`, constraints have names that read well in an error."""

    metadata = sa.MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012  SQLAlchemy's own way of declaring it
        str: sa.Text,
        datetime: sa.DateTime(timezone=True),
        dict[str, Any]: JSONB,
        list[str]: ARRAY(sa.Text),
        list[int]: ARRAY(sa.SmallInteger),
    }


def one_of(column: str, words_: type[StrEnum]) -> sa.CheckConstraint:
    """A check that `column` holds a word of the taxonomy."""
    listed = ", ".join(f"'{word}'" for word in words_)
    return sa.CheckConstraint(f"{column} IN ({listed})", name=f"{column}_known")


def in_state(*states: StrEnum) -> str:
    """`'a', 'b'` for an SQL `IN (…)`."""
    return ", ".join(f"'{state}'" for state in states)


def primary_key() -> Mapped[UUID]:
    return mapped_column(sa.Uuid, primary_key=True, default=new_id)


def belongs_to(target: str, **kwargs: Any) -> Mapped[Any]:
    return mapped_column(sa.Uuid, sa.ForeignKey(target), **kwargs)


def now_by_default() -> Mapped[datetime]:
    return mapped_column(server_default=sa.func.now())


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
        sa.Index("ix_accounts_ready", "next_send_at", postgresql_where=sa.text("status = 'active'")),
    )
    id: Mapped[UUID] = primary_key()
    workspace_id: Mapped[UUID] = belongs_to("workspaces.id")
    channel: Mapped[str] = mapped_column(server_default=words.Channel.EMAIL)
    address: Mapped[str]
    name: Mapped[str]
    #: `smtp://…`, `smtps://…` without a password, `env:NAME`, or an encrypted one: see `core/mail_server.py`.
    smtp_url: Mapped[str]
    timezone: Mapped[str]
    status: Mapped[str] = mapped_column(server_default=words.AccountStatus.ACTIVE)
    #: Why it is paused, in a sentence.
    paused_reason: Mapped[str | None]
    #: Accounts that take turns for a campaign share a name here.
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

    # How it is received: from bounces and complaints (`core/health.py`). Empty until there is enough to tell.
    health_score: Mapped[int | None]
    health_reasons: Mapped[list[str]] = mapped_column(server_default=sa.text("'{}'::text[]"))
    spam_rate: Mapped[float | None]
    health_at: Mapped[datetime | None]
    #: When it was last resumed: a rise of bounces from before is not held against it again (a trigger sets it).
    watched_from: Mapped[datetime | None]
    created_at: Mapped[datetime] = now_by_default()


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


class Contact(Base):
    __tablename__ = "contacts"
    __table_args__ = (
        sa.UniqueConstraint("offer_id", "email_folded"),
        one_of("status", words.ContactStatus),
        sa.Index("ix_contacts_email_folded", "workspace_id", "email_folded"),
        sa.Index("ix_contacts_linkedin_folded", "workspace_id", "linkedin_folded"),
        sa.Index("ix_contacts_domain", "workspace_id", sa.text("split_part(email_folded, '@', 2)")),
        one_of("suppressed_by", words.SuppressedBy),
    )
    id: Mapped[UUID] = primary_key()
    workspace_id: Mapped[UUID] = belongs_to("workspaces.id")
    offer_id: Mapped[UUID] = belongs_to("offers.id")
    email: Mapped[str]
    #: The same person whatever the case they typed.
    email_folded: Mapped[str] = mapped_column(sa.Text, sa.Computed("lower(email)", persisted=True))
    first_name: Mapped[str | None]
    last_name: Mapped[str | None]
    company: Mapped[str | None]
    title: Mapped[str | None]
    #: An IANA time zone, where it is known.
    timezone: Mapped[str | None]
    linkedin_url: Mapped[str | None]
    linkedin_folded: Mapped[str | None] = mapped_column(
        sa.Text, sa.Computed("fold_linkedin_url(linkedin_url)", persisted=True)
    )
    status: Mapped[str] = mapped_column(server_default=words.ContactStatus.AVAILABLE)
    #: When this person was last written to, by any campaign of the workspace; never moves back (a trigger sees to it).
    last_contacted_at: Mapped[datetime | None]
    eligible_for_outreach: Mapped[bool] = mapped_column(server_default=sa.true())
    #: Which entry of the suppression list forbids this person; kept by triggers, so that `start` can lock it.
    suppressed_by: Mapped[str | None]
    created_at: Mapped[datetime] = now_by_default()


class OutreachHistory(Base):
    """One line each time that somebody was, or may have been, written to; ours, and what was imported."""

    __tablename__ = "outreach_history"
    __table_args__ = (
        one_of("channel", words.Channel),
        one_of("status", words.HistoryStatus),
        sa.CheckConstraint("email_folded IS NOT NULL OR linkedin_folded IS NOT NULL", name="names_a_person"),
        sa.UniqueConstraint("delivery_id"),
        sa.UniqueConstraint("task_id"),
        sa.UniqueConstraint("workspace_id", "import_key"),
        sa.Index("ix_outreach_history_email", "workspace_id", "email_folded", "contacted_at"),
        sa.Index("ix_outreach_history_linkedin", "workspace_id", "linkedin_folded", "contacted_at"),
        sa.Index("ix_outreach_history_account", "account_id", "contacted_at"),
        sa.Index("ix_outreach_history_workspace", "workspace_id", "contacted_at"),
    )
    id: Mapped[UUID] = primary_key()
    workspace_id: Mapped[UUID] = belongs_to("workspaces.id")
    channel: Mapped[str] = mapped_column(server_default=words.Channel.EMAIL)
    status: Mapped[str]
    email_folded: Mapped[str | None]
    linkedin_folded: Mapped[str | None]
    contacted_at: Mapped[datetime]
    delivery_id: Mapped[UUID | None] = belongs_to("send_queue.id")
    account_id: Mapped[UUID | None] = belongs_to("accounts.id")
    sequence_instance_id: Mapped[UUID | None] = belongs_to("sequence_instances.id")
    #: What tells a line of an imported file from every other, so that importing it twice changes nothing.
    import_key: Mapped[str | None]
    #: The step that a person did.
    task_id: Mapped[UUID | None] = belongs_to("tasks.id")
    created_at: Mapped[datetime] = now_by_default()


class Suppression(Base):
    """Whom nobody of this workspace may write to: an address, a domain or a company."""

    __tablename__ = "suppressions"
    __table_args__ = (
        sa.UniqueConstraint("workspace_id", "kind", "value_folded"),
        one_of("kind", words.SuppressedBy),
    )
    id: Mapped[UUID] = primary_key()
    workspace_id: Mapped[UUID] = belongs_to("workspaces.id")
    kind: Mapped[str]
    value_folded: Mapped[str]
    #: Where it came from: a person, a complaint, an unsubscribe.
    reason: Mapped[str]
    created_at: Mapped[datetime] = now_by_default()


class SequenceInstance(Base):
    """One run of a sequence with one contact: its steps pass the sixty days among themselves."""

    __tablename__ = "sequence_instances"
    __table_args__ = (sa.UniqueConstraint("workspace_id", "key"),)
    id: Mapped[UUID] = primary_key()
    workspace_id: Mapped[UUID] = belongs_to("workspaces.id")
    contact_id: Mapped[UUID] = belongs_to("contacts.id")
    #: The author's own key for it.
    key: Mapped[str]
    created_at: Mapped[datetime] = now_by_default()


class InboundMessage(Base):
    """What a contact wrote to us: the message that a `reply` answers."""

    __tablename__ = "inbound_messages"
    __table_args__ = (sa.Index("ix_inbound_messages_contact", "contact_id"),)
    id: Mapped[UUID] = primary_key()
    workspace_id: Mapped[UUID] = belongs_to("workspaces.id")
    contact_id: Mapped[UUID] = belongs_to("contacts.id")
    message_id: Mapped[str | None]
    subject: Mapped[str]
    body: Mapped[str]
    received_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = now_by_default()


#: Which risks are reviewed first (`core/routing/order.py`), written as PostgreSQL does, so that Alembic can compare.
REVIEW_RANK = """
CASE
    WHEN risk = 'low' THEN 1
    WHEN risk = 'review' THEN 2
    ELSE 3
END"""
#: Waits for a decision, and nobody put it off.
AWAKE = "status IN ('needs_review', 'manual_review') AND snoozed_until IS NULL"


class Draft(Base):
    """A message to one contact, not yet sent. Its text is in `draft_versions`; `version` names the latest."""

    __tablename__ = "drafts"
    __table_args__ = (
        sa.UniqueConstraint("workspace_id", "key"),
        sa.ForeignKeyConstraint(
            ["id", "version"],
            ["draft_versions.draft_id", "draft_versions.version"],
            name="fk_drafts_current_version",
            deferrable=True,
            initially="DEFERRED",
            use_alter=True,
        ),
        one_of("kind", words.DraftKind),
        one_of("status", words.DraftStatus),
        one_of("risk", words.Risk),
        one_of("decided_surface", words.Surface),
        sa.CheckConstraint("version >= 1", name="version_from_one"),
        sa.CheckConstraint("confidence BETWEEN 0 AND 1", name="confidence_is_a_share"),
        sa.CheckConstraint(
            "(status IN ('approved', 'rejected')) = (decided_at IS NOT NULL)", name="decided_when_decision"
        ),
        sa.Index("ix_drafts_cards_behind", "sync_after", postgresql_where=sa.text("drawn_revision < revision")),
        sa.Index(
            "ix_drafts_decided_behind",
            "sync_after",
            postgresql_where=sa.text("drawn_revision < revision AND status NOT IN ('needs_review', 'manual_review')"),
        ),
        sa.Index(
            "ix_drafts_undecided_behind",
            "sync_after",
            postgresql_where=sa.text("drawn_revision < revision AND status IN ('needs_review', 'manual_review')"),
        ),
        sa.Index("ix_drafts_campaign", "campaign_id", "status"),
        sa.Index(
            "ix_drafts_open",
            "workspace_id",
            "created_at",
            postgresql_where=sa.text("status IN ('needs_review', 'manual_review')"),
        ),
        sa.CheckConstraint(
            "snoozed_until IS NULL OR status IN ('needs_review', 'manual_review')", name="snoozed_while_open"
        ),
        sa.Index(
            "ix_drafts_waiting",
            "workspace_id",
            "waits_since",
            postgresql_where=sa.text("status = 'needs_review' AND snoozed_until IS NULL"),
        ),
        sa.Index("ix_drafts_snoozed", "snoozed_until", postgresql_where=sa.text("snoozed_until IS NOT NULL")),
        # `core/routing/order.py`: what nobody has yet, the next one first.
        sa.Index(
            "ix_drafts_to_deal",
            "campaign_id",
            sa.text(f"({REVIEW_RANK})"),
            sa.literal_column("confidence").desc().nulls_last(),
            "created_at",
            "id",
            postgresql_where=sa.text(f"{AWAKE} AND assigned_to IS NULL"),
        ),
        sa.Index("ix_drafts_assigned", "assigned_to", postgresql_where=sa.text(f"{AWAKE} AND assigned_to IS NOT NULL")),
        sa.Index(
            "ix_drafts_to_escalate",
            "workspace_id",
            "waits_since",
            postgresql_where=sa.text(f"{AWAKE} AND escalated_at IS NULL"),
        ),
    )
    id: Mapped[UUID] = primary_key()
    workspace_id: Mapped[UUID] = belongs_to("workspaces.id")
    #: The author's own key: the same key again is the same draft.
    key: Mapped[str]
    #: SHA-256 of all that was ingested under the key, to tell "again" from "other content".
    content_hash: Mapped[str]
    campaign_id: Mapped[UUID] = belongs_to("campaigns.id")
    contact_id: Mapped[UUID] = belongs_to("contacts.id")
    inbound_message_id: Mapped[UUID | None] = belongs_to("inbound_messages.id")
    kind: Mapped[str] = mapped_column(server_default=words.DraftKind.INTRO)
    sequence_instance_id: Mapped[UUID | None] = belongs_to("sequence_instances.id")
    status: Mapped[str] = mapped_column(server_default=words.DraftStatus.PENDING)
    version: Mapped[int] = mapped_column(server_default="1")
    risk: Mapped[str | None]
    risk_reasons: Mapped[list[str]] = mapped_column(server_default=sa.text("'{}'::text[]"))
    confidence: Mapped[float | None]
    #: What its text rests on, in the author's words or links. Empty and unknown differ: none at all is weak evidence.
    evidence: Mapped[list[str] | None]
    #: Who decided, from where, and the words they gave with it.
    decided_by: Mapped[UUID | None] = belongs_to("members.id")
    decided_at: Mapped[datetime | None]
    decided_surface: Mapped[str | None]
    decision_note: Mapped[str | None]
    #: Why an approved draft came back to review.
    return_reason: Mapped[str | None]
    #: Since when it waits for a decision: when it came, came back, or was restored.
    waits_since: Mapped[datetime] = now_by_default()
    #: Whose it is to decide, where it was routed or assigned to one reviewer.
    assigned_to: Mapped[UUID | None] = belongs_to("members.id")
    #: It asks for nobody's attention until then; and who put it off.
    snoozed_until: Mapped[datetime | None]
    snoozed_by: Mapped[UUID | None] = belongs_to("members.id")
    #: What is to be changed before it comes back, and who asked for it.
    change_note: Mapped[str | None]
    change_asked_by: Mapped[UUID | None] = belongs_to("members.id")
    #: Admins were told that nobody decides.
    escalated_at: Mapped[datetime | None]
    #: Grows with every change that a card shows (by trigger); cards are true when `drawn_revision` has caught up.
    revision: Mapped[int] = mapped_column(sa.BigInteger, server_default="1")
    drawn_revision: Mapped[int] = mapped_column(sa.BigInteger, server_default="0")
    #: The clock does not ring for this draft's cards before then.
    sync_after: Mapped[datetime] = now_by_default()
    created_at: Mapped[datetime] = now_by_default()


class DraftVersion(Base):
    """One text of a draft. Never changed, never removed (a trigger sees to it)."""

    __tablename__ = "draft_versions"
    __table_args__ = (
        one_of("surface", words.Surface),
        sa.CheckConstraint("subject !~ '[\\x01-\\x1f\\x7f]'", name="subject_is_one_line"),
    )
    draft_id: Mapped[UUID] = belongs_to("drafts.id", primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    subject: Mapped[str]
    body: Mapped[str]
    #: Empty for the text that was ingested.
    edited_by: Mapped[UUID | None] = belongs_to("members.id")
    surface: Mapped[str]
    created_at: Mapped[datetime] = now_by_default()


class DraftApproval(Base):
    """One person's approval of one version, where a campaign asks for several. Never changed, never removed."""

    __tablename__ = "draft_approvals"
    __table_args__ = (
        sa.ForeignKeyConstraint(
            ["draft_id", "version"],
            ["draft_versions.draft_id", "draft_versions.version"],
            name="fk_draft_approvals_version",
        ),
        one_of("timing", words.Timing),
        one_of("surface", words.Surface),
    )
    draft_id: Mapped[UUID] = belongs_to("drafts.id", primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    member_id: Mapped[UUID] = belongs_to("members.id", primary_key=True)
    timing: Mapped[str]
    surface: Mapped[str]
    created_at: Mapped[datetime] = now_by_default()


class Delivery(Base):
    """One approved draft's row in the queue (P1: one live one a draft)."""

    __tablename__ = "send_queue"
    __table_args__ = (
        sa.ForeignKeyConstraint(
            ["draft_id", "content_version"],
            ["draft_versions.draft_id", "draft_versions.version"],
            name="fk_send_queue_approved_version",
        ),
        # Checked when the transaction commits: a claim writes the delivery before its attempt.
        sa.ForeignKeyConstraint(
            ["attempt_id"],
            ["send_attempts.id"],
            name="fk_send_queue_attempt",
            deferrable=True,
            initially="DEFERRED",
            use_alter=True,
        ),
        sa.UniqueConstraint("id", "draft_id"),
        sa.Index(
            "uq_send_queue_one_live_delivery",
            "draft_id",
            unique=True,
            postgresql_where=sa.text(f"status IN ({in_state(*LIVE_DELIVERY)})"),
        ),
        sa.Index(
            "ix_send_queue_head", "account_id", "priority", "due_at", postgresql_where=sa.text("status = 'queued'")
        ),
        sa.Index("ix_send_queue_leases", "lease_until", postgresql_where=sa.text("status IN ('claimed', 'sending')")),
        sa.Index("ix_send_queue_draft", "draft_id"),
        sa.Index("ix_send_queue_unknown", "draft_id", postgresql_where=sa.text("status = 'outcome_unknown'")),
        sa.Index(
            "ix_send_queue_campaign",
            "campaign_id",
            "draft_id",
            postgresql_where=sa.text("status IN ('queued', 'claimed')"),
        ),
        one_of("status", words.DeliveryStatus),
        one_of("timing", words.Timing),
        one_of("kind", words.DraftKind),
        one_of("counted_as", words.CountedAs),
        one_of("held_code", words.GateCode),
        sa.Index("ix_send_queue_contact", "contact_id", postgresql_where=sa.text("status = 'queued'")),
        sa.Index("ix_send_queue_in_flight", "contact_id", postgresql_where=sa.text("status IN ('claimed', 'sending')")),
        sa.Index(
            "ix_send_queue_held",
            "campaign_id",
            "held_code",
            postgresql_where=sa.text("status = 'queued' AND held_code IS NOT NULL"),
        ),
        sa.CheckConstraint("(status IN ('claimed', 'sending')) = (lease_until IS NOT NULL)", name="lease_while_held"),
        sa.CheckConstraint(
            "status IN ('queued', 'cancelled', 'skipped') OR attempt_id IS NOT NULL", name="attempt_once_claimed"
        ),
    )
    id: Mapped[UUID] = primary_key()
    workspace_id: Mapped[UUID] = belongs_to("workspaces.id")
    draft_id: Mapped[UUID] = belongs_to("drafts.id")
    #: The version that the approval saw (P3).
    content_version: Mapped[int]
    campaign_id: Mapped[UUID] = belongs_to("campaigns.id")
    account_id: Mapped[UUID] = belongs_to("accounts.id")
    contact_id: Mapped[UUID] = belongs_to("contacts.id")
    status: Mapped[str] = mapped_column(server_default=words.DeliveryStatus.QUEUED)
    timing: Mapped[str] = mapped_column(server_default=words.Timing.EARLIEST)
    kind: Mapped[str] = mapped_column(server_default=words.DraftKind.INTRO)
    counted_as: Mapped[str] = mapped_column(server_default=words.CountedAs.EMAIL)
    #: Lower goes first: answers to send at once, other mail to send at once, answers, other mail (`PRIORITIES`).
    priority: Mapped[int] = mapped_column(sa.SmallInteger, server_default="40")
    due_at: Mapped[datetime] = now_by_default()
    #: Tries that came to nothing. A release by a pause is not one.
    tries: Mapped[int] = mapped_column(server_default="0")
    #: The attempt that holds, or last held, this delivery: the fence of `start` and `finish`.
    attempt_id: Mapped[UUID | None] = mapped_column(sa.Uuid)
    lease_until: Mapped[datetime | None]
    #: Why it waits, failed or is unknown, in one sentence.
    reason: Mapped[str | None]
    #: Which gate holds it back; `due_at` is when it may pass, `infinity` when that takes an act.
    held_code: Mapped[str | None]
    #: Seconds until the account's next mail after this one: drawn once.
    spacing_seconds: Mapped[int] = mapped_column(server_default="0")
    #: The account's own day on which this delivery is counted, while it is.
    counted_on: Mapped[date | None]
    created_at: Mapped[datetime] = now_by_default()
    changed_at: Mapped[datetime] = now_by_default()


#: Counts attempts. A restored database counts from further back than what is kept outside it (`core/restore.py`).
ATTEMPT_NUMBERS = sa.Sequence("attempt_numbers", metadata=Base.metadata)


class Attempt(Base):
    """One try to hand a delivery over, written before any I/O."""

    __tablename__ = "send_attempts"
    __table_args__ = (
        sa.ForeignKeyConstraint(
            ["delivery_id", "draft_id"], ["send_queue.id", "send_queue.draft_id"], name="fk_send_attempts_delivery"
        ),
        # P1, the last wall: of all attempts of a draft, at most one has ever started without being provably refused.
        # One that a person overruled ("it did not arrive: send again") stands in no other's way.
        sa.Index(
            "uq_send_attempts_one_that_may_have_left",
            "draft_id",
            unique=True,
            postgresql_where=sa.text(
                "started_at IS NOT NULL AND outcome IS DISTINCT FROM 'not_sent' AND overruled_at IS NULL"
            ),
        ),
        one_of("outcome", words.AttemptOutcome),
        one_of("phase", words.Phase),
        sa.CheckConstraint("(outcome IS NULL) = (finished_at IS NULL)", name="finished_with_outcome"),
        sa.CheckConstraint(
            "outcome IS NULL OR outcome = 'not_sent' OR started_at IS NOT NULL", name="sent_only_if_started"
        ),
        sa.CheckConstraint("(overruled_at IS NULL) = (overruled_by IS NULL)", name="overruled_by_a_person"),
        sa.Index("ix_send_attempts_delivery", "delivery_id"),
        sa.Index(
            "ix_send_attempts_to_replay",
            "finished_at",
            postgresql_where=sa.text("outcome = 'unknown' AND asked IS NOT NULL"),
        ),
    )
    id: Mapped[UUID] = primary_key()
    workspace_id: Mapped[UUID] = belongs_to("workspaces.id")
    number: Mapped[int] = mapped_column(sa.BigInteger, ATTEMPT_NUMBERS, server_default=ATTEMPT_NUMBERS.next_value())
    delivery_id: Mapped[UUID] = mapped_column(sa.Uuid)
    draft_id: Mapped[UUID] = mapped_column(sa.Uuid)
    message_id: Mapped[str] = mapped_column(unique=True)
    #: The mail as it leaves, frozen; and the SHA-256 of it.
    mime: Mapped[bytes]
    mime_sha256: Mapped[str]
    created_at: Mapped[datetime] = now_by_default()
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    outcome: Mapped[str | None]
    phase: Mapped[str | None]
    code: Mapped[int | None]
    #: A short code of ours for what happened, and the server's own words.
    reason: Mapped[str | None]
    reply: Mapped[str | None]
    #: Which account at a provider was asked under this id, and may be asked again: it takes the mail once
    #: (`core/replays.py`). Empty for SMTP, where there is nobody to ask.
    asked: Mapped[str | None]
    #: Nobody knew what became of it, and this member had it sent again.
    overruled_at: Mapped[datetime | None]
    overruled_by: Mapped[UUID | None] = belongs_to("members.id")


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
        # What came back of a mail is recorded once, whoever tells it how often (`core/feedback.py`).
        sa.Index(
            "uq_message_events_feedback",
            "draft_id",
            "verb",
            sa.text("COALESCE(data ->> 'hard', '')"),
            unique=True,
            postgresql_where=sa.text(f"verb IN ({in_state(*words.FEEDBACK_VERBS)})"),
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
    #: Who draws this card holds it until then, so that two jobs never draw it at once.
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
    #: Who draws that reply holds it until then; and when its first post was tried, as for the card itself.
    thread_held_until: Mapped[datetime | None]
    thread_tried_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = now_by_default()


class Task(Base):
    """A step that a person does on LinkedIn, by the account whose seat it is (CHECKLIST 004.15)."""

    __tablename__ = "tasks"
    __table_args__ = (
        sa.UniqueConstraint("workspace_id", "key"),
        # One task a step (DESIGN §7).
        sa.UniqueConstraint("sequence_instance_id", "step_order", "kind"),
        one_of("kind", words.TaskKind),
        one_of("status", words.TaskStatus),
        one_of("held_code", words.GateCode),
        sa.CheckConstraint("step_order IS NULL OR sequence_instance_id IS NOT NULL", name="step_of_a_sequence"),
        sa.CheckConstraint("status <> 'offered' OR offered_to IS NOT NULL", name="offered_to_somebody"),
        sa.CheckConstraint("(status IN ('done', 'could_not')) = (done_at IS NOT NULL)", name="told_when"),
        sa.CheckConstraint(
            "(status IN ('offered', 'done')) = (counted_on IS NOT NULL)", name="counted_while_it_counts"
        ),
        sa.Index("ix_tasks_waiting", "account_id", "kind", "due_at", postgresql_where=sa.text("status = 'waiting'")),
        sa.Index("ix_tasks_offered_to", "offered_to", postgresql_where=sa.text("status = 'offered'")),
        sa.Index("ix_tasks_offered_in", "campaign_id", postgresql_where=sa.text("status = 'offered'")),
        sa.Index("ix_tasks_offered_for", "contact_id", postgresql_where=sa.text("status = 'offered'")),
        sa.Index("ix_tasks_cards_behind", "sync_after", postgresql_where=sa.text("drawn_revision < revision")),
    )
    id: Mapped[UUID] = primary_key()
    workspace_id: Mapped[UUID] = belongs_to("workspaces.id")
    #: The author's own key, and SHA-256 of all that was ingested under it.
    key: Mapped[str]
    content_hash: Mapped[str]
    campaign_id: Mapped[UUID] = belongs_to("campaigns.id")
    account_id: Mapped[UUID] = belongs_to("accounts.id")
    contact_id: Mapped[UUID] = belongs_to("contacts.id")
    sequence_instance_id: Mapped[UUID | None] = belongs_to("sequence_instances.id")
    step_order: Mapped[int | None]
    kind: Mapped[str]
    #: What is to be written, letter by letter; an invitation may have none. And the page to write it on.
    text: Mapped[str]
    link: Mapped[str]
    status: Mapped[str] = mapped_column(server_default=words.TaskStatus.WAITING)
    #: Not looked at before; which gate said so; and why it waits, was skipped or could not be done, in one sentence.
    due_at: Mapped[datetime] = now_by_default()
    held_code: Mapped[str | None]
    reason: Mapped[str | None]
    #: Who has it, or had it last; how often it was offered: a button names the offer that it belongs to.
    offered_to: Mapped[UUID | None] = belongs_to("members.id")
    offers: Mapped[int] = mapped_column(server_default="0")
    #: The account's own day on which it is counted, while it is: kept by a trigger.
    counted_on: Mapped[date | None]
    #: Who said that it was done, or could not be, and when.
    done_by: Mapped[UUID | None] = belongs_to("members.id")
    done_at: Mapped[datetime | None]
    #: Grows with every change that a card shows (by trigger), as a draft's.
    revision: Mapped[int] = mapped_column(sa.BigInteger, server_default="0")
    drawn_revision: Mapped[int] = mapped_column(sa.BigInteger, server_default="0")
    sync_after: Mapped[datetime] = now_by_default()
    created_at: Mapped[datetime] = now_by_default()


class TaskCard(Base):
    """One Slack message that shows a task, to whoever has or had it. Its columns are those of `cards`."""

    __tablename__ = "task_cards"
    __table_args__ = (sa.UniqueConstraint("task_id", "member_id"), sa.UniqueConstraint("channel", "ts"))
    id: Mapped[UUID] = primary_key()
    workspace_id: Mapped[UUID] = belongs_to("workspaces.id")
    task_id: Mapped[UUID] = belongs_to("tasks.id")
    member_id: Mapped[UUID] = belongs_to("members.id")
    channel: Mapped[str | None]
    ts: Mapped[str | None]
    drawn_revision: Mapped[int] = mapped_column(sa.BigInteger, server_default="0")
    held_until: Mapped[datetime | None]
    tried_at: Mapped[datetime | None]
    gone_reason: Mapped[str | None]
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
    #: What came of their last click, in a sentence, until their next.
    note: Mapped[str | None]
    #: When it was last read from the rows, and a hash of what Slack shows; empty where nobody knows.
    drawn_at: Mapped[datetime | None]
    shows: Mapped[str | None]
    #: Who publishes it holds it until then; and the clock does not look at it before that.
    held_until: Mapped[datetime | None]
    sync_after: Mapped[datetime] = now_by_default()


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


class Installation(Base):
    """One row for all of this installation: whether anything may be sent at all (P12)."""

    __tablename__ = "installation"
    __table_args__ = (
        sa.CheckConstraint("id", name="one_row"),
        one_of("stopped_by", words.StoppedBy),
    )
    id: Mapped[bool] = mapped_column(primary_key=True, server_default=sa.true())
    #: Why nothing is sent, in a sentence; empty while sending is allowed.
    sending_stopped: Mapped[str | None]
    stopped_at: Mapped[datetime | None]
    stopped_by: Mapped[str | None]
    #: Attempts up to this number that the database does not remember were answered for by a person.
    confirmed_number: Mapped[int] = mapped_column(sa.BigInteger, server_default="0")


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
