"""Read model of a draft's way out, for its author: the state of its latest delivery."""

from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.ids import UUID
from core.models import Delivery


class LatestDelivery(NamedTuple):
    """The latest delivery of a draft: its state, since when, and when it was or will be due."""

    status: str
    due_at: datetime
    changed_at: datetime


def latest(tx: Connection, draft_id: UUID) -> LatestDelivery | None:
    """The latest delivery of a draft; None for one that was never approved."""
    row = tx.execute(
        sa.select(Delivery.status, Delivery.due_at, Delivery.changed_at)
        .where(Delivery.draft_id == draft_id)
        .order_by(Delivery.id.desc())
        .limit(1)
    ).first()
    return LatestDelivery(*row) if row else None
