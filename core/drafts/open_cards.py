"""Open drafts whose cards stand in Slack: a pause, a stop, and the end of each change when the next slot is."""

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.drafts.order import OPEN_STATUS
from core.ids import UUID
from core.models import Card, Draft


def lock_shown(tx: Connection, which: sa.ColumnElement[bool], after: UUID | None, limit: int) -> list[UUID]:
    """Lock the next of these open drafts of which a card stands, those `after` one, in the order of their ids.

    No more than reviewers have room for are shown, whatever the backlog.
    """
    shown = sa.select(Card.draft_id).where(Card.asks, Card.ts.is_not(None), Card.gone_reason.is_(None))
    return list(
        tx.scalars(
            sa.select(Draft.id)
            .where(OPEN_STATUS, which, Draft.id.in_(shown), *([Draft.id > after] if after else []))
            .order_by(Draft.id)
            .limit(limit)
            .with_for_update(key_share=True)
        )
    )
