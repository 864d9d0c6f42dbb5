"""Release: mail that a gate refused until an act is requeued, once that act has come."""

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.models import Delivery
from core.taxonomy import DeliveryStatus, GateCode


def release(tx: Connection, which: sa.ColumnElement[bool], code: GateCode) -> None:
    """Requeue as due what this gate refused until an act: a conditional update. A trigger wakes the accounts."""
    tx.execute(
        sa.update(Delivery)
        .where(which, Delivery.status == DeliveryStatus.QUEUED, Delivery.held_code == code)
        .values(due_at=sa.func.now(), held_code=None, reason=None)
    )
