"""What waits for one member, and what a row of each of these drafts says.

Theirs is what was assigned to them, and what is assigned to nobody in the campaigns that they review; admins see all.
What somebody snoozed waits apart, and what they have endorsed already waits for others.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.orm import aliased

from core.actor import Actor
from core.db import literal
from core.delivery.next_slot import SendNow, sends_now
from core.drafts.became import Became, became_of
from core.drafts.order import AWAKE, OPEN_STATUS
from core.drafts.permissions import NOT_OWN_WORK, WITHIN_RISK, actor_parameters, is_admin
from core.drafts.quorum import STILL_MAY
from core.drafts.risk import reasons_of
from core.ids import UUID
from core.models import (
    Campaign,
    CampaignReviewer,
    Contact,
    Delivery,
    Draft,
    DraftApproval,
    DraftVersion,
    Event,
    Member,
)
from core.taxonomy import DraftStatus, Risk, Role, Verb
from core.text.phrases import full_name
from core.text.words.states import AN_OPERATOR

#: Characters of a body that a row shows. All of it is a click away.
PREVIEW = 400


@dataclass(frozen=True)
class WaitingDraft:
    """One draft that waits, as a row of Home shows it. Its repr holds no personal data (P11)."""

    draft_id: UUID
    review_round: int
    status: str
    kind: str
    campaign: str
    risk: str | None
    risk_reasons: tuple[str, ...]
    confidence: float | None
    waits_since: datetime
    #: Assigned to this member by name; by a Slack id, who changed the text last.
    assigned: bool
    edited_by: str | None
    #: How many approvals its campaign asks for, and the Slack ids of those who have given theirs.
    quorum: int
    endorsed_by: tuple[str, ...]
    #: Why this member may not approve it; empty when they may.
    barred: str | None
    #: That it came back, if it was approved before, and why; or who skipped it.
    returned: str | None = field(repr=False)
    to_name: str = field(repr=False)
    to_address: str = field(repr=False)
    company: str | None = field(repr=False)
    subject: str = field(repr=False)
    #: The beginning of the text, and how long all of it is.
    preview: str = field(repr=False)
    length: int = 0
    #: No text of it may leave (`BlockedBy`).
    blocked: bool = False
    #: What "Approve & send" would give; None where it cannot be approved.
    send_now: SendNow | None = field(default=None, repr=False)
    #: What became of it, where it only keeps its place.
    became: Became | None = None


def waits_for(by: Actor) -> sa.ColumnElement[bool]:
    """Whether a `Draft` is for this member to decide, snoozed or not."""
    endorsed = sa.exists().where(
        DraftApproval.draft_id == Draft.id,
        DraftApproval.review_round == Draft.review_round,
        DraftApproval.member_id == by.member_id,
    )
    return sa.and_(Draft.workspace_id == by.workspace_id, OPEN_STATUS, whose(by), ~endorsed)


def whose(by: Actor) -> sa.ColumnElement[bool]:
    """Whether a `Draft` of their workspace is this member's, or everybody's who reviews its campaign: all do, where it
    names nobody and has a channel instead."""
    if by.role is None or not by.role.covers(Role.REVIEWER):
        return sa.false()
    if is_admin(by):
        return sa.true()
    anybody = sa.exists().where(CampaignReviewer.campaign_id == Draft.campaign_id)
    reviewed = anybody.where(CampaignReviewer.member_id == by.member_id) | ~anybody
    return sa.or_(Draft.assigned_to == by.member_id, sa.and_(Draft.assigned_to.is_(None), reviewed))


#: Whether the campaign's rules let a member approve a `Draft` that waits for them; with the `actor_parameters`.
APPROVABLE = sa.and_(Draft.status == literal(DraftStatus.NEEDS_REVIEW), WITHIN_RISK, NOT_OWN_WORK)
#: What may be approved together. What came back, refused by a server or taken out by a person, is read by itself.
LOW_RISK = sa.and_(APPROVABLE, Draft.risk == Risk.LOW, Draft.return_reason.is_(None))


def rows_of(tx: Connection, by: Actor, ids: Sequence[UUID]) -> tuple[WaitingDraft, ...]:
    """What the rows of these drafts show, in this order."""
    if not ids:
        return ()
    theirs = (Draft.id.in_(ids), Draft.workspace_id == by.workspace_id)
    found = tx.execute(_waiting(by).where(*theirs), actor_parameters(by)).all()
    endorsed = _endorsed(tx, ids)
    became = became_of(tx, [row.draft_id for row in found if not row.waits])
    now = sends_now(tx, [row.draft_id for row in found if row.waits and row.status == DraftStatus.NEEDS_REVIEW])
    rows = {
        row.draft_id: replace(
            _waiting_draft(row, endorsed.get(row.draft_id, ())),
            send_now=now.get(row.draft_id),
            became=became.get(row.draft_id),
        )
        for row in found
    }
    return tuple(rows[draft_id] for draft_id in ids if draft_id in rows)


_Editor = aliased(Member)
#: Whoever took the latest delivery of a `Draft` out of the queue, as its card says (`core/views/draft_row.py`).
_SKIPPER = (
    sa.select(sa.func.coalesce(Member.name, AN_OPERATOR))
    .select_from(Event)
    .outerjoin(Member, Member.id == Event.member_id)
    .where(
        Event.draft_id == Draft.id,
        Event.verb == Verb.SKIP,
        ~Event.data.has_key("gate"),
        Event.delivery_id
        == sa.select(sa.case((Delivery.reason == Draft.return_reason, Delivery.id)))
        .where(Delivery.draft_id == Draft.id)
        .order_by(Delivery.created_at.desc())
        .limit(1)
        .correlate(Draft)
        .scalar_subquery(),
    )
    .limit(1)
    .correlate(Draft)
    .scalar_subquery()
)
_RETURNED = sa.case(
    (
        Draft.return_reason.is_not(None),
        sa.func.coalesce(sa.literal("Skipped by ") + _SKIPPER + ": ", "Came back: ") + Draft.return_reason,
    )
)


def _waiting(by: Actor) -> sa.Select[*tuple[Any, ...]]:
    """Everything that a row of Home says, except who has endorsed it; what is shown as it stands by its name there."""
    return (
        sa.select(
            *(Draft.id.label("draft_id"), Draft.review_round, Draft.status, Draft.kind, Draft.risk, Draft.risk_reasons),
            *(Draft.text_risk, Draft.blocked_by),
            *(Draft.confidence, Draft.waits_since, _RETURNED.label("returned")),
            (Draft.assigned_to == by.member_id).label("assigned"),
            sa.and_(waits_for(by), AWAKE).label("waits"),
            *(Campaign.name.label("campaign"), Campaign.quorum),
            *(Contact.email.label("to_address"), Contact.first_name, Contact.last_name, Contact.company),
            DraftVersion.subject,
            sa.func.left(DraftVersion.body, PREVIEW).label("preview"),
            sa.func.char_length(DraftVersion.body).label("length"),
            _Editor.slack_user_id.label("edited_by"),
            NOT_OWN_WORK.label("not_own_work"),
            WITHIN_RISK.label("within_risk"),
        )
        .join(Campaign)
        .join(Contact)
        .join(DraftVersion, sa.and_(DraftVersion.draft_id == Draft.id, DraftVersion.version == Draft.version))
        .outerjoin(_Editor)
    )


def _endorsed(tx: Connection, ids: Sequence[UUID]) -> dict[UUID, tuple[str, ...]]:
    """Slack ids of those who approve each draft in its present round, the first one first."""
    found: dict[UUID, tuple[str, ...]] = {}
    for draft_id, user in tx.execute(
        sa.select(DraftApproval.draft_id, Member.slack_user_id)
        .join(Draft, sa.and_(Draft.id == DraftApproval.draft_id, Draft.review_round == DraftApproval.review_round))
        .join(Member, Member.id == DraftApproval.member_id)
        .where(DraftApproval.draft_id.in_(ids), STILL_MAY)
        .order_by(DraftApproval.created_at)
    ):
        found[draft_id] = (*found.get(draft_id, ()), user)
    return found


def _waiting_draft(row: sa.Row[*tuple[Any, ...]], endorsed_by: tuple[str, ...]) -> WaitingDraft:
    shown = dict(row._mapping)
    first_name, last_name, not_own_work, within_risk, text_risk, blocked_by, _ = (
        shown.pop(name)
        for name in ("first_name", "last_name", "not_own_work", "within_risk", "text_risk", "blocked_by", "waits")
    )
    barred = None
    if not not_own_work:
        barred = "You wrote this text: another reviewer has to approve it."
    elif not within_risk:
        barred = "An admin has to approve this: its risk is above what reviewers may approve here."
    reasons = reasons_of(blocked_by, text_risk, row.risk_reasons)
    shown |= {"blocked": blocked_by is not None, "risk_reasons": reasons, "assigned": bool(row.assigned)}
    return WaitingDraft(**shown, to_name=full_name(first_name, last_name), barred=barred, endorsed_by=endorsed_by)
