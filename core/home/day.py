"""A member's day, in their own time zone: what they decided, and what became of what they approved."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.db import word
from core.ids import UUID, first_id_at
from core.models import Delivery, Event
from core.taxonomy import DECIDING_VERBS, DeliveryStatus, Verb

#: Approvals that are older than this are no part of anybody's day any more.
LOOK_BACK = timedelta(days=30)

#: Over `Event`, in the words of the partial index of what each member decided.
DECIDING: sa.ColumnElement[bool] = Event.verb.in_([word(verb) for verb in DECIDING_VERBS])


@dataclass(frozen=True)
class Day:
    """Decided and sent: today. Waiting and unknown: now, of all that they approved within a month."""

    decided: int = 0
    sent: int = 0
    waiting: int = 0
    unknown: int = 0


def day_of(tx: Connection, member_id: UUID, midnight: datetime) -> Day:
    """The day that began at `midnight`. By the index of what each member decided, so that no other traffic counts."""
    decided = tx.execute(
        sa.select(sa.func.count(sa.distinct(Event.draft_id))).where(
            Event.member_id == member_id, DECIDING, Event.id >= first_id_at(midnight)
        )
    ).scalar_one()
    approved = (
        sa.select(Event.delivery_id)
        .where(
            Event.member_id == member_id,
            DECIDING,
            Event.verb == Verb.APPROVE,
            Event.id >= first_id_at(midnight - LOOK_BACK),
        )
        .distinct()
        .cte("approved")
    )
    became = tx.execute(
        sa.select(
            sa.func.count().filter(Delivery.status == DeliveryStatus.SENT, Delivery.changed_at >= midnight),
            sa.func.count().filter(
                Delivery.status.in_([DeliveryStatus.QUEUED, DeliveryStatus.CLAIMED, DeliveryStatus.SENDING])
            ),
            sa.func.count().filter(Delivery.status == DeliveryStatus.OUTCOME_UNKNOWN),
        ).join(approved, approved.c.delivery_id == Delivery.id)
    ).one()
    return Day(decided, *became)
