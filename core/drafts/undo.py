"""Undo: take an approval back while its mail is still queued."""

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core import events
from core.actor import Actor
from core.drafts.block import block_refused, hold_contact
from core.drafts.conflicts import explain_conflict
from core.drafts.permissions import may_decide, refusal_to_decide
from core.drafts.versions import RESTART_WAIT, begin_round
from core.errors import Refusal, Stale
from core.ids import UUID
from core.models import Delivery, Draft
from core.states import DELIVERY, DRAFT, LIVE_DELIVERY
from core.taxonomy import DeliveryStatus, DraftStatus, RefusalCode, Verb
from core.text.words import refusals


def undo(tx: Connection, draft_id: UUID, seen: int, by: Actor) -> None:
    """Optimistic: cancel the queued delivery of the round `seen`, and return the draft to review in a new one.

    One conditional UPDATE: the claim has it, or we do; and no late click approves it again. Whoever may decide may
    undo, not only who approved. An approval that its reader did not see, of a later round, stands. Raises `Stale`; or
    `Refusal`: TOO_LATE once somebody is sending it, or another.
    """
    delivery_id = tx.scalar(
        sa.update(Delivery)
        .where(
            Delivery.draft_id == draft_id,
            Delivery.workspace_id == by.workspace_id,
            Delivery.status.in_(DELIVERY.sources(Verb.CANCEL)),
            Draft.id == Delivery.draft_id,
            Draft.review_round == seen,  # which rests while a delivery of the draft is live
            may_decide(by),
        )
        .values(status=DeliveryStatus.CANCELLED, reason=None, held_code=None)
        .returning(Delivery.id)
    )
    if delivery_id is None:
        raise _refusal(tx, draft_id, seen, by)
    entry = events.Entry(
        Verb.CANCEL, draft_id=draft_id, delivery_id=delivery_id, moved=(DeliveryStatus.QUEUED, DeliveryStatus.CANCELLED)
    )
    events.write(tx, by, entry)
    hold_contact(tx, draft_id)
    begin_round(
        tx,
        (Draft.id == draft_id) & Draft.status.in_(DRAFT.sources(Verb.UNDO)),
        status=DraftStatus.NEEDS_REVIEW,
        decided_by=None,
        decided_at=None,
        decided_surface=None,
        **RESTART_WAIT,
    )
    entry = events.Entry(Verb.UNDO, draft_id=draft_id, moved=(DraftStatus.APPROVED, DraftStatus.NEEDS_REVIEW))
    events.write(tx, by, entry)
    block_refused(tx, [draft_id])


def _refusal(tx: Connection, draft_id: UUID, seen: int, by: Actor) -> Refusal:
    live = tx.execute(
        sa.select(Delivery.status, Draft.review_round)
        .join(Draft)
        .where(
            Delivery.draft_id == draft_id, Delivery.workspace_id == by.workspace_id, Delivery.status.in_(LIVE_DELIVERY)
        )
    ).first()
    if live is not None and live.status in refusals.TOO_LATE_TO_UNDO:
        return Refusal(RefusalCode.TOO_LATE, refusals.TOO_LATE_TO_UNDO[live.status])
    if not_theirs := refusal_to_decide(tx, draft_id, by):
        return not_theirs
    if live is not None and live.review_round != seen:
        return Stale(refusals.ANOTHER_APPROVAL, current=live.review_round)
    why = explain_conflict(tx, draft_id, None, by)
    if why.code in (RefusalCode.NOTHING_TO_DO, RefusalCode.BLOCKED):
        return Refusal(RefusalCode.NOTHING_TO_DO, refusals.NO_APPROVAL)
    return why
