"""What a member approved a moment ago, and can still take back."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.home.day import DECIDING
from core.ids import UUID, first_id_at
from core.models import Delivery, DraftVersion, Event
from core.taxonomy import DeliveryStatus, Verb

#: For so long an approval is offered to be taken back in Home; its card offers it for as long as it waits.
LOOK_BACK = timedelta(minutes=2)
#: So many of them: after a bulk approval there may be a hundred.
MOST = 3


@dataclass(frozen=True)
class JustApproved:
    """One approval that has not left yet."""

    draft_id: UUID
    version: int
    #: Nothing of it leaves before then.
    until: datetime
    subject: str = field(repr=False)


def just_approved(tx: Connection, member_id: UUID, now: datetime) -> tuple[JustApproved, ...]:
    """The latest of this member's approvals that wait and were given a time to be taken back, the newest first."""
    rows = tx.execute(
        sa.select(Delivery.draft_id, Delivery.content_version, Delivery.due_at, DraftVersion.subject)
        .join(Event, Event.delivery_id == Delivery.id)
        .join(
            DraftVersion,
            sa.and_(DraftVersion.draft_id == Delivery.draft_id, DraftVersion.version == Delivery.content_version),
        )
        .where(
            Event.member_id == member_id,
            DECIDING,
            Event.verb == Verb.APPROVE,
            Event.id >= first_id_at(now - LOOK_BACK),
            Delivery.status == DeliveryStatus.QUEUED,
            Delivery.due_at > Delivery.created_at,
        )
        .order_by(Event.id.desc())
        .limit(MOST)
    )
    return tuple(JustApproved(row.draft_id, row.content_version, row.due_at, row.subject) for row in rows)
