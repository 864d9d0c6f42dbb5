"""What became of drafts that waited for somebody a moment ago, in as much as a line says. Touches nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.orm import aliased

from core.drafts.state import draft_state
from core.ids import UUID
from core.models import Delivery, Draft, Event, Member
from core.states import LIVE_DELIVERY
from core.taxonomy import FEEDBACK_VERBS, WEIGHTIEST, DeliveryStatus, DraftState


@dataclass(frozen=True)
class Became:
    """Where a draft stands, and by whom; people by their Slack ids."""

    state: DraftState
    who: str | None = None
    #: Its mail is queued, so that the approval can be undone; and the moment before which that does not leave.
    can_undo: bool = False
    leaves: datetime | None = None
    #: While a person may still decide it: until when it rests, and whose it is.
    snoozed_until: datetime | None = None
    assigned_to: str | None = None


def became_of(tx: Connection, draft_ids: Sequence[UUID]) -> Mapping[UUID, Became]:
    """What became of each of these drafts."""
    if not draft_ids:
        return {}
    rows = tx.execute(
        sa.select(
            *(Draft.id, Draft.status, Draft.return_reason, Draft.change_note, Draft.snoozed_until),
            *(Delivery.status.label("delivery_status"), Delivery.due_at, _MAY_UNDO.label("can_undo")),
            *(_Decider.slack_user_id.label("decider"), _Asker.slack_user_id.label("asker")),
            *(_Owner.slack_user_id.label("owner"), _CAME_BACK.label("came_back")),
        )
        .outerjoin(Delivery, (Delivery.draft_id == Draft.id) & Delivery.status.in_(LIVE_DELIVERY))
        .outerjoin(_Decider, _Decider.id == Draft.decided_by)
        .outerjoin(_Asker, _Asker.id == Draft.change_asked_by)
        .outerjoin(_Owner, _Owner.id == Draft.assigned_to)
        .where(Draft.id.in_(draft_ids))
    )
    return {row.id: _became(row) for row in rows}


_Decider, _Asker, _Owner = aliased(Member), aliased(Member), aliased(Member)
#: What is due at once may be claimed at any moment: only what was given time, or waits for something, is offered back.
_MAY_UNDO = sa.and_(
    Delivery.status == DeliveryStatus.QUEUED, (Delivery.due_at > Delivery.created_at) | Delivery.held_code.is_not(None)
)
#: The weightiest that came back of what was sent, as `core/views/came_back.py` has it.
_CAME_BACK = (
    sa.select(Event.verb)
    .where(Event.draft_id == Draft.id, Event.delivery_id == Delivery.id, Event.verb.in_(FEEDBACK_VERBS))
    .order_by(sa.case({verb: place for place, verb in enumerate(WEIGHTIEST)}, value=Event.verb))
    .limit(1)
    .correlate(Draft, Delivery)
    .scalar_subquery()
)


def _became(row: sa.Row[*tuple[Any, ...]]) -> Became:
    state = draft_state(
        row.status,
        returned=row.return_reason is not None,
        delivery_status=row.delivery_status,
        held_back=row.delivery_status == DeliveryStatus.QUEUED,
        changes_asked=row.change_note is not None,
        came_back=row.came_back,
    )
    who = row.asker if state == DraftState.CHANGES_ASKED else row.decider
    return Became(state, who, bool(row.can_undo), row.due_at, row.snoozed_until, row.owner)
