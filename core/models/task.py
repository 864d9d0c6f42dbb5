"""Steps that a person does."""

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from core import taxonomy as words
from core.ids import UUID
from core.models.base import Base, belongs_to, now_by_default, one_of, primary_key


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
