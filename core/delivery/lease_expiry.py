"""Leases that ran out: a worker died, or stood still for longer than it may (P2: nothing rests for ever)."""

from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.db import all_rows
from core.delivery.finishing import finish
from core.ids import UUID
from core.mail.outcome import Outcome
from core.models import Delivery
from core.taxonomy import AttemptOutcome, DeliveryStatus, Phase, Reason

#: Leases that one transaction expires.
BATCH = 100
#: From `claimed` nothing can have left: back to the queue, and it counts as a try. From `sending` it may have.
_OUTCOMES: dict[str, Outcome] = {
    DeliveryStatus.CLAIMED: Outcome(AttemptOutcome.NOT_SENT, Phase.CONNECT, Reason.LEASE_EXPIRED, transient=True),
    DeliveryStatus.SENDING: Outcome(AttemptOutcome.UNKNOWN, Phase.DOT, Reason.LEASE_EXPIRED),
}


class _Expired(NamedTuple):
    draft_id: UUID
    attempt_id: UUID
    status: str


def expire_leases(tx: Connection, limit: int = BATCH) -> list[UUID]:
    """Expire a batch (SKIP LOCKED) of up to `limit` leases, oldest first: close their attempts; returns the drafts.

    The attempt itself is fenced: should its worker wake, `start` refuses it, and a late result may still close an
    unknown one.
    """
    ran_out = (
        sa.select(Delivery.draft_id, Delivery.attempt_id, Delivery.status)
        .where(
            Delivery.status.in_([DeliveryStatus.CLAIMED, DeliveryStatus.SENDING]),
            Delivery.lease_until < sa.func.clock_timestamp(),
        )
        .order_by(Delivery.lease_until)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    expired = all_rows(tx.execute(ran_out), _Expired)
    for row in expired:
        finish(tx, row.attempt_id, _OUTCOMES[row.status])
    return [row.draft_id for row in expired]
