"""Skip: take a queued delivery out of the queue for good; its draft goes back to a person, with the reason."""

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core import events
from core.actor import Actor
from core.drafts.block import hold_contact
from core.drafts.review import bring_back
from core.errors import Refusal
from core.ids import UUID
from core.models import Delivery
from core.states import DELIVERY
from core.taxonomy import DeliveryStatus, RefusalCode, Verb
from core.text.clean import clean_reason
from core.text.words import refusals


def skip(tx: Connection, draft_id: UUID, reason: str, by: Actor, delivery_id: UUID | None = None) -> None:
    """Conditional update: skip a draft's queued delivery (this one, if it is named) for good; the draft goes back to a
    person, with the reason.

    Raises `Refusal` unless it is queued (it is being sent, was sent, or does not wait), `BadInput` without a reason.
    """
    reason = clean_reason(reason)
    skipped = tx.scalar(
        sa.update(Delivery)
        .where(
            *([Delivery.id == delivery_id] if delivery_id else []),
            Delivery.draft_id == draft_id,
            Delivery.workspace_id == by.workspace_id,
            Delivery.status.in_(DELIVERY.sources(Verb.SKIP)),
        )
        .values(status=DeliveryStatus.SKIPPED, reason=reason, held_code=None)
        .returning(Delivery.id)
    )
    if skipped is None:
        raise _refusal(tx, draft_id, by)
    entry = events.Entry(
        Verb.SKIP, draft_id=draft_id, delivery_id=skipped, moved=(DeliveryStatus.QUEUED, DeliveryStatus.SKIPPED)
    )
    events.write(tx, by, entry)
    hold_contact(tx, draft_id)
    bring_back(tx, draft_id, reason)


def _refusal(tx: Connection, draft_id: UUID, by: Actor) -> Refusal:
    status = tx.scalar(
        sa.select(Delivery.status)
        .where(Delivery.draft_id == draft_id, Delivery.workspace_id == by.workspace_id)
        .order_by(Delivery.id.desc())
    )
    code, told = refusals.NOT_SKIPPED.get(status or "", (RefusalCode.NOTHING_TO_DO, refusals.NOT_IN_THE_QUEUE))
    return Refusal(code, told)
