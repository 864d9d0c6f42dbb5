"""The queue, and every try to hand a mail over."""

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from core import taxonomy as words
from core.ids import UUID
from core.models.base import Base, belongs_to, in_state, now_by_default, one_of, primary_key
from core.states import LIVE_DELIVERY


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
    priority: Mapped[int] = mapped_column(sa.SmallInteger, server_default="100")
    due_at: Mapped[datetime] = now_by_default()
    #: Tries that came to nothing. A release by a pause is not one.
    tries: Mapped[int] = mapped_column(server_default="0")
    #: The attempt that leases, or last leased, this delivery: the fencing token of `start` and `finish`.
    attempt_id: Mapped[UUID | None] = mapped_column(sa.Uuid)
    lease_until: Mapped[datetime | None]
    #: Why it waits, failed or is unknown, in one sentence.
    reason: Mapped[str | None]
    #: Which gate refused it; `due_at` is when it may pass, `infinity` when that takes an act.
    held_code: Mapped[str | None]
    #: Seconds until the account's next mail after this one: drawn once.
    spacing_seconds: Mapped[int] = mapped_column(server_default="0")
    #: The account's own day on which this delivery is counted, while it is.
    counted_on: Mapped[date | None]
    created_at: Mapped[datetime] = now_by_default()
    changed_at: Mapped[datetime] = now_by_default()


#: Counts attempts. A restored database counts from further back than what is kept outside of it
#: (`core/installation/restored.py`).
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
        sa.Index("ix_send_attempts_draft", "draft_id"),
        sa.Index(
            "ix_send_attempts_provider_id",
            "workspace_id",
            "provider_id",
            postgresql_where=sa.text("provider_id IS NOT NULL"),
        ),
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
    #: (`core/delivery/replays.py`). Empty for SMTP, where there is nobody to ask.
    asked: Mapped[str | None]
    #: Nobody knew what became of it, and this member had it sent again.
    overruled_at: Mapped[datetime | None]
    overruled_by: Mapped[UUID | None] = belongs_to("members.id")
    #: What the server that took it calls it (`core/mail/provider_id.py`).
    provider_id: Mapped[str | None]
