"""Contacts, what was written to them and by them, and whom nobody may write to."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from core import taxonomy as words
from core.ids import UUID
from core.models.base import Base, belongs_to, now_by_default, one_of, primary_key


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
    #: The same person however they are spelt; like `linkedin_folded` kept by a trigger, and by nobody else.
    email_folded: Mapped[str]
    first_name: Mapped[str | None]
    last_name: Mapped[str | None]
    company: Mapped[str | None]
    title: Mapped[str | None]
    #: An IANA time zone, where it is known.
    timezone: Mapped[str | None]
    linkedin_url: Mapped[str | None]
    linkedin_folded: Mapped[str | None]
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
    __table_args__ = (sa.UniqueConstraint("workspace_id", "kind", "value_folded"), one_of("kind", words.SuppressedBy))
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
    __table_args__ = (
        sa.Index("ix_inbound_messages_contact", "contact_id"),
        sa.Index("uq_inbound_messages_identity", "workspace_id", "identity", unique=True),
    )
    id: Mapped[UUID] = primary_key()
    workspace_id: Mapped[UUID] = belongs_to("workspaces.id")
    contact_id: Mapped[UUID] = belongs_to("contacts.id")
    message_id: Mapped[str | None]
    #: What tells it from every other: its Message-ID, or else SHA-256 of who wrote what when. Empty where an older
    #: Signoff kept one message several times, for all but the first.
    identity: Mapped[str | None]
    #: Either may be empty: it is kept as it came.
    subject: Mapped[str]
    body: Mapped[str]
    received_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = now_by_default()
    #: The ids of the thread before it, oldest first (RFC 5322 §3.6.4).
    reference_ids: Mapped[list[str]] = mapped_column(server_default=sa.text("'{}'::text[]"))
