"""A member's day, in their own time zone: what they decided, and what became of what they approved."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.db import literal
from core.delivery.explain import explain_wait
from core.delivery.refusals import UNTIL_AN_ACT
from core.ids import UUID, first_id_at
from core.models import Delivery, Draft, DraftVersion, Event
from core.taxonomy import DECIDING_VERBS, FEEDBACK_VERBS, DeliveryStatus, Verb

#: Approvals that are older than this are no part of anybody's day any more.
LOOK_BACK = timedelta(days=30)

#: Over `Event`, in the words of the partial index of what each member decided.
DECIDING: sa.ColumnElement[bool] = Event.verb.in_([literal(verb) for verb in DECIDING_VERBS])


@dataclass(frozen=True)
class Day:
    """Decided, sent, and what came back: today. Waiting and unknown: now, of all that they approved within a month."""

    decided: int = 0
    sent: int = 0
    waiting: int = 0
    unknown: int = 0
    #: Of what they approved within a month: mails of which this came back today.
    answered: int = 0
    bounced: int = 0
    unsubscribed: int = 0
    reported: int = 0


def day_of(tx: Connection, member_id: UUID, midnight: datetime) -> Day:
    """The day that began at `midnight`. By the index of what each member decided, so that no other traffic counts."""
    decided = tx.execute(
        sa.select(sa.func.count(sa.distinct(Event.draft_id))).where(
            Event.member_id == member_id, DECIDING, Event.id >= first_id_at(midnight)
        )
    ).scalar_one()
    approved = (
        sa.select(Event.delivery_id, Event.draft_id)
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
    came_back = tx.execute(
        sa.select(
            *(sa.func.count(sa.distinct(Event.delivery_id)).filter(Event.verb == verb) for verb in _TOLD.values())
        )
        .select_from(approved)
        .join(Event, sa.and_(Event.draft_id == approved.c.draft_id, Event.delivery_id == approved.c.delivery_id))
        .where(Event.id >= first_id_at(midnight), Event.verb.in_(FEEDBACK_VERBS))
    ).one()
    return Day(decided, *became, **dict(zip(_TOLD, came_back, strict=True)))


#: What came back, by its field of `Day`.
_TOLD = {"answered": Verb.REPLY, "bounced": Verb.BOUNCE, "unsubscribed": Verb.UNSUBSCRIBE, "reported": Verb.COMPLAIN}


#: For so long an approval is offered to be taken back in Home; its card offers it for as long as it waits.
UNDO_OFFERED = timedelta(minutes=2)
#: So many of them: after a bulk approval there may be a hundred.
MOST = 3


@dataclass(frozen=True)
class RecentApproval:
    """One approval that has not left yet."""

    draft_id: UUID
    review_round: int
    #: Nothing of it leaves before then; None where that takes somebody's act.
    until: datetime | None
    subject: str = field(repr=False)
    #: What holds it, beside the time for taking it back.
    why: str | None = field(default=None, repr=False)


def recent_approvals(
    tx: Connection, member_id: UUID, now: datetime, without: Collection[UUID] = ()
) -> tuple[RecentApproval, ...]:
    """The latest of this member's approvals that wait and were given a time to be taken back, the newest first;
    `without` those of these drafts.
    """
    rows = tx.execute(
        sa.select(
            *(Delivery.id, Delivery.account_id, Delivery.draft_id, Delivery.due_at),
            *(Draft.review_round, DraftVersion.subject),
        )
        .join(Draft, Draft.id == Delivery.draft_id)
        .join(Event, Event.delivery_id == Delivery.id)
        .join(
            DraftVersion,
            sa.and_(DraftVersion.draft_id == Delivery.draft_id, DraftVersion.version == Delivery.content_version),
        )
        .where(
            Event.member_id == member_id,
            DECIDING,
            Event.verb == Verb.APPROVE,
            Event.id >= first_id_at(now - UNDO_OFFERED),
            Delivery.status == DeliveryStatus.QUEUED,
            Delivery.due_at > Delivery.created_at,
            Delivery.draft_id.not_in(list(without)),
        )
        .order_by(Event.id.desc())
        .limit(MOST)
    )
    return tuple(_recent(tx, row) for row in rows.all())


def _recent(tx: Connection, row: sa.Row[*tuple[Any, ...]]) -> RecentApproval:
    """With what the gates say now: what a delivery's row remembers may be over, or may not have reached it yet."""
    waiting = explain_wait(tx, row.id, row.account_id)
    until = waiting.until if waiting else row.due_at if row.due_at < UNTIL_AN_ACT else None
    return RecentApproval(row.draft_id, row.review_round, until, row.subject, waiting.sentence if waiting else None)
