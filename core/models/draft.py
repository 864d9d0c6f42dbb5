"""Drafts, their versions, and the approvals of each."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from core import taxonomy as words
from core.ids import UUID
from core.models.base import Base, belongs_to, in_state, now_by_default, one_of, primary_key
from core.states import ANSWERING

#: Which risks are reviewed first (`core/drafts/order.py`), written as PostgreSQL does, so that Alembic can compare.
REVIEW_RANK = """
CASE
    WHEN risk = 'low' THEN 1
    WHEN risk = 'review' THEN 2
    ELSE 3
END"""


#: Waits for a decision, and nobody put it off.
AWAKE = "status IN ('needs_review', 'manual_review') AND snoozed_until IS NULL"


class Draft(Base):
    """A message to one contact, not yet sent. Its text is in `draft_versions`; `version` names the latest.

    `review_round` is the number that a click must name: it grows with every text, and whenever the draft stands before
    its readers anew under the same one (P3).
    """

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
        one_of("text_risk", words.Risk),
        one_of("blocked_by", words.BlockedBy),
        one_of("decided_surface", words.Surface),
        sa.CheckConstraint("version >= 1", name="version_from_one"),
        sa.CheckConstraint("review_round >= version", name="round_of_each_version"),
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
        sa.Index("ix_drafts_contact", "contact_id"),
        sa.Index("ix_drafts_run", "sequence_instance_id", postgresql_where=sa.text("sequence_instance_id IS NOT NULL")),
        # One open or sent answer a message; what was rejected or has expired leaves room for another.
        sa.Index(
            "uq_drafts_one_answer",
            "inbound_message_id",
            unique=True,
            postgresql_where=sa.text(f"status IN ({in_state(*ANSWERING)})"),
        ),
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
        # `core/drafts/order.py`: what nobody has yet, the next one first.
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
    #: Grows by trigger with the version and with a return to review, and by hand when what surrounds the text changed.
    review_round: Mapped[int] = mapped_column(server_default="1")
    risk: Mapped[str | None]
    #: Why the text itself is risky, and how risky it is; `risk` is `blocked` as well while the draft is `blocked_by`
    #: something, which the database keeps true while a draft is open.
    risk_reasons: Mapped[list[str]] = mapped_column(server_default=sa.text("'{}'::text[]"))
    text_risk: Mapped[str | None]
    blocked_by: Mapped[str | None]
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
    """One person's approval of one version, where a campaign asks for several. Never changed, never removed.

    It counts in the round in which it was given, and in no later one.
    """

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
    #: Given by trigger, where whoever writes does not say it.
    review_round: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    version: Mapped[int]
    member_id: Mapped[UUID] = belongs_to("members.id", primary_key=True)
    timing: Mapped[str]
    surface: Mapped[str]
    created_at: Mapped[datetime] = now_by_default()
