"""The conditional UPDATE of a verb; and the one look at the row after it came back empty: why it changed nothing."""

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.actor import Actor
from core.drafts.permissions import may_decide, refusal_to_approve, refusal_to_decide
from core.drafts.risk import reasons_of
from core.errors import Conflict, Refusal, Stale
from core.ids import UUID
from core.models import Contact, Delivery, Draft, Member, Workspace
from core.states import LIVE_DELIVERY
from core.taxonomy import DraftStatus, RefusalCode
from core.text.phrases import when
from core.text.words import refusals


def update_theirs(
    tx: Connection, draft_id: UUID, by: Actor, which: Iterable[sa.ColumnElement[bool]], values: dict[str, Any]
) -> int | None:
    """Conditional update of a draft that is this actor's to decide, where all of `which` holds.

    Returns its version; None where that changed nothing, and then `explain_conflict` says why.
    """
    version: int | None = tx.scalar(
        sa.update(Draft)
        .where(
            Draft.id == draft_id,
            Draft.workspace_id == by.workspace_id,
            *which,
            may_decide(by),
        )
        .values(values)
        .returning(Draft.version)
    )
    return version


def explain_conflict(
    tx: Connection, draft_id: UUID, seen: int | None, by: Actor, *, approving: bool = False
) -> Refusal:
    """The refusal to raise after an optimistic update found no row: `Conflict` with who and when, `Stale`, or another.

    `seen` is the round that the person saw, where that mattered.
    `approving`: also whatever a campaign asks of those who approve.
    """
    row = tx.execute(
        sa.select(
            *(Draft.status, Draft.review_round, Draft.decided_at, Draft.change_note),
            *(Draft.risk_reasons, Draft.text_risk, Draft.blocked_by),
            *(Member.name.label("who"), Workspace.timezone, Contact.email.label("to")),
            sa.func.clock_timestamp().label("now"),
            Delivery.status.label("delivery_status"),
        )
        .join(Workspace, Workspace.id == Draft.workspace_id)
        .join(Contact, Contact.id == Draft.contact_id)
        .outerjoin(Member, Member.id == Draft.decided_by)
        .outerjoin(Delivery, (Delivery.draft_id == Draft.id) & Delivery.status.in_(LIVE_DELIVERY))
        .where(Draft.id == draft_id, Draft.workspace_id == by.workspace_id)
    ).first()
    if row is None:
        return Refusal(RefusalCode.NOT_FOUND, refusals.NO_SUCH_DRAFT)
    decided = refusals.DECIDED.get((row.status, row.delivery_status))
    if decided:
        code, sentence = decided
        who = row.who or "Somebody"
        at = when(row.decided_at, row.now, row.timezone)
        return Conflict(code, sentence.format(who=who, at=at, to=row.to), who=who, at=row.decided_at)
    if not_theirs := refusal_to_decide(tx, draft_id, by):
        return not_theirs
    if row.status == DraftStatus.EXPIRED:
        return Refusal(RefusalCode.ALREADY_DECIDED, refusals.EXPIRED)
    if seen not in (None, row.review_round):
        return Stale(refusals.CHANGED_SINCE, current=row.review_round)
    if row.status == DraftStatus.MANUAL_REVIEW:
        reasons = reasons_of(row.blocked_by, row.text_risk, row.risk_reasons)
        return Refusal(
            RefusalCode.BLOCKED, " ".join([refusals.BLOCKED if row.blocked_by else refusals.CANNOT_BE_SENT, *reasons])
        )
    if row.status == DraftStatus.PENDING and row.change_note:
        return Refusal(RefusalCode.NOTHING_TO_DO, refusals.WAITS_FOR_CHANGES)
    if approving and (not_theirs := refusal_to_approve(tx, draft_id, by)):
        return not_theirs
    return Refusal(RefusalCode.NOTHING_TO_DO, refusals.NOT_READY)
