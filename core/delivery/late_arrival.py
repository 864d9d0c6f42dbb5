"""An attempt that a person overruled, and that arrived after all: nothing else may leave, and nobody overlooks it."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core import events
from core.actor import Actor
from core.db import first_row
from core.delivery.leased import LEASED, LeasedRow
from core.drafts.review import bring_back
from core.drafts.versions import begin_round
from core.ids import UUID
from core.models import Attempt, Delivery, Draft, OutreachHistory
from core.states import DELIVERY, LIVE_DELIVERY, OPEN_DRAFT
from core.taxonomy import AttemptOutcome, DeliveryStatus, HistoryStatus, Verb

#: What a person reads who would otherwise approve the draft again.
ARRIVED = "It arrived after all, with an earlier attempt: do not send it again."

#: A second attempt of these is at most connected: it can still be kept from leaving.
_NOT_GONE = frozenset(DELIVERY.sources(Verb.CONFIRM)) - {DeliveryStatus.SENDING}


def confirm_late(
    tx: Connection, leased: LeasedRow, attempt_id: UUID, by: Actor, data: dict[str, Any], *, settled: bool = False
) -> None:
    """Confirm the delivery as `sent` by an attempt that a person overruled, and fence off whoever was at it again.

    While the next attempt is past its start, only its own outcome can say (`settled`) how it ends. A delivery that has
    ended, and brought its draft back, leaves a warning there, in a new round: no old click approves it.
    """
    if leased.status in _NOT_GONE or settled:
        tx.execute(
            sa.update(Delivery)
            .where(Delivery.id == leased.id)
            .values(status=DeliveryStatus.SENT, attempt_id=attempt_id, lease_until=None, reason=None, held_code=None)
        )
        events.write(tx, by, leased.entry(attempt_id, Verb.CONFIRM, data, DeliveryStatus.SENT))
        return
    if leased.status == DeliveryStatus.SENT:
        record_duplicate(tx, leased, attempt_id, by)
        return
    contradiction = leased.entry(attempt_id, Verb.CONTRADICT, data | {"recorded": leased.status})
    write_on_cards(tx, by, contradiction)
    if leased.status == DeliveryStatus.SENDING:
        return
    # Before the history, which tells contacts. It locks another delivery after this draft: docs/locks.md.
    stop_duplicate(tx, leased.draft_id, attempt_id, by)
    tx.execute(
        sa.update(OutreachHistory).where(OutreachHistory.delivery_id == leased.id).values(status=HistoryStatus.SENT)
    )


def stop_duplicate(tx: Connection, draft_id: UUID, attempt_id: UUID, by: Actor) -> None:
    """Cancel what is queued of a draft that has arrived; where nothing is on its way, warn whoever would approve it
    again."""
    live = sa.select(*LEASED).where(Delivery.draft_id == draft_id, Delivery.status.in_(LIVE_DELIVERY)).with_for_update()
    again = first_row(tx.execute(live), LeasedRow)
    if again is not None and again.status == DeliveryStatus.QUEUED:
        tx.execute(sa.update(Delivery).where(Delivery.id == again.id).values(status=DeliveryStatus.CANCELLED))
        events.write(tx, by, again.entry(attempt_id, Verb.CANCEL, {}, DeliveryStatus.CANCELLED))
        bring_back(tx, draft_id, ARRIVED)
    elif again is not None and again.status == DeliveryStatus.SENT:
        record_duplicate(tx, again, attempt_id, by)
    elif again is None:
        # Also one that is blocked: what blocks it may be lifted, and then whoever would approve it is warned.
        begin_round(tx, (Draft.id == draft_id) & Draft.status.in_(OPEN_DRAFT), return_reason=ARRIVED)


def record_duplicate(tx: Connection, leased: LeasedRow, attempt_id: UUID, by: Actor) -> None:
    """Record that this person got it twice: an event, and a note on every card. The attempt that is now known to have
    arrived counts, whatever stands in its record.
    """
    count = tx.scalar(
        sa.select(sa.func.count())
        .select_from(Attempt)
        .where(
            Attempt.draft_id == leased.draft_id,
            (Attempt.outcome == AttemptOutcome.SENT) | (Attempt.id == attempt_id),
        )
    )
    write_on_cards(tx, by, leased.entry(attempt_id, Verb.DUPLICATE, {"arrived": count}))


def write_on_cards(tx: Connection, by: Actor, entry: events.Entry) -> None:
    """The event of something that moves nothing: the draft's cards are behind by it."""
    events.write(tx, by, entry)
    tx.execute(sa.update(Draft).where(Draft.id == entry.draft_id).values(revision=Draft.revision + 1))
