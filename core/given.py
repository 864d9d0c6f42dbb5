"""Whom a card was given, and who does not see it yet: found by the index of what asks, however much else waits."""

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.drafts.order import OPEN_STATUS
from core.due import leave_to_the_jobs
from core.ids import UUID
from core.models import Card, Draft


def take_given(tx: Connection, limit: int = 100) -> list[UUID]:
    """Undecided drafts of which a card is to be posted, the longest waiting first; each once per `RING_AGAIN`.

    Somebody has room for these. Of those that are only behind, most will find nobody who has: thousands may wait for
    that look, and would go first, as they have waited longer.
    """
    unposted = sa.select(Card.draft_id).where(Card.asks, Card.gone_reason.is_(None), Card.ts.is_(None))
    given = (
        sa.select(Draft.id)
        .where(Draft.id.in_(unposted), OPEN_STATUS)
        .where(Draft.drawn_revision < Draft.revision, Draft.sync_after <= sa.func.now())
        .order_by(Draft.sync_after)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .cte("given")
        .prefix_with("MATERIALIZED", dialect="postgresql")
    )
    return leave_to_the_jobs(tx, given)
