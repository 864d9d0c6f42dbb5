"""Reminders: one kind message to a reviewer for whom something waits and who decides nothing, and ever more seldom.

The first comes `remind_after_hours` after the oldest came to them and after they last decided something, the next when
twice as long has passed, then four times. It begins anew once they decide, or nothing of it waits any more. None comes
in quiet hours, or while they are muted.
"""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core import events
from core.actor import SIGNOFF
from core.alerts import Notice, tell_members
from core.db import all_rows, literal
from core.drafts.order import AWAKE, OPEN_STATUS
from core.ids import UUID
from core.models import Card, Draft, DraftApproval, Event, Member, Workspace
from core.reviewers import quiet
from core.reviewers.people import DECIDING_ROLES
from core.reviewers.quiet import QuietSettings
from core.taxonomy import DECIDING_VERBS, AlertKind, Verb
from core.text.phrases import how_long

#: From here on the time between two reminders does not double any more.
MOST_DOUBLINGS = 5


@dataclass(frozen=True)
class Reminded:
    """How often a member was reminded, and when last."""

    times: int = 0
    last: datetime | None = None


def next_reminder(
    before: Reminded, since: datetime, decided: datetime | None, after: timedelta
) -> tuple[datetime, int]:
    """When the next reminder is due, and the how many-th in a row it is.

    `since`: when the oldest of what waits came to them; `decided`: when they last decided something.
    """
    quiet_since = max(since, decided or since)
    if before.last is None or before.last < quiet_since:
        return quiet_since + after, 1
    return before.last + after * 2 ** min(before.times, MOST_DOUBLINGS), before.times + 1


class _Waiting(NamedTuple):
    """A member for whom drafts wait."""

    id: UUID
    workspace_id: UUID
    reminders: int
    reminded_at: datetime | None
    zone: str
    quiet_from: time | None
    quiet_to: time | None
    muted_until: datetime | None
    remind_after_hours: int
    waiting: int
    since: datetime
    oldest: UUID
    decided_at: datetime | None
    now: datetime


def remind_due(tx: Connection) -> int:
    """Have everybody reminded whose reminder is due, each once; returns how many. Safe to run twice, or at once."""
    return sum(_remind(tx, row) for row in all_rows(tx.execute(_WAITING_FOR), _Waiting))


def _remind(tx: Connection, row: _Waiting) -> bool:
    before = Reminded(row.reminders, row.reminded_at)
    due, times = next_reminder(before, row.since, row.decided_at, timedelta(hours=row.remind_after_hours))
    wish = QuietSettings(row.zone, row.quiet_from, row.quiet_to, row.muted_until)
    if due > row.now or quiet.free_from(wish, row.now) is not None:
        return False
    counted = tx.execute(
        sa.update(Member)
        .where(Member.id == row.id, Member.reminded_at.is_not_distinct_from(row.reminded_at))
        .values(reminders=times, reminded_at=row.now)
    )
    if counted.rowcount == 0:
        return False  # somebody else did
    reminder = Notice(AlertKind.REMINDER, sentence(row.waiting, row.now - row.since), draft_id=row.oldest)
    tell_members(tx, row.workspace_id, [row.id], reminder)
    data = {"to": str(row.id), "waiting": row.waiting, "times": times}
    events.write(tx, SIGNOFF, events.Entry(Verb.REMIND, workspace_id=row.workspace_id, data=data))
    return True


def sentence(waiting: int, longest: timedelta) -> str:
    """What a reviewer is told."""
    if waiting == 1:
        return f"A draft has waited for you for {how_long(longest)}."
    return f"{waiting:,} drafts wait for you, the oldest for {how_long(longest)}."


#: When the card came to them, and the draft was theirs to decide.
_SINCE = sa.func.greatest(Draft.waits_since, Card.created_at)
_DECIDED = (
    sa.select(Event.at)
    .where(Event.member_id == Member.id, Event.verb.in_([literal(verb) for verb in DECIDING_VERBS]))
    .order_by(Event.id.desc())
    .limit(1)
    .scalar_subquery()
)
_ENDORSED = sa.exists().where(
    DraftApproval.draft_id == Draft.id,
    DraftApproval.review_round == Draft.review_round,
    DraftApproval.member_id == Member.id,
)
_OLDEST: sa.ColumnElement[UUID] = sa.type_coerce(
    sa.literal_column("(array_agg(drafts.id ORDER BY greatest(drafts.waits_since, cards.created_at)))[1]"), sa.Uuid
)
#: For whom what waits, of what they have a card of and have not endorsed; one row each, ordered by member.
_WAITING_FOR = (
    sa.select(
        *(Member.id, Member.workspace_id, Member.reminders, Member.reminded_at),
        sa.func.coalesce(Member.timezone, Workspace.timezone).label("zone"),
        *(Member.quiet_from, Member.quiet_to, Member.muted_until),
        Workspace.remind_after_hours,
        sa.func.count().label("waiting"),
        sa.func.min(_SINCE).label("since"),
        _OLDEST.label("oldest"),
        _DECIDED.label("decided_at"),
        sa.func.clock_timestamp().label("now"),
    )
    .join(Workspace, Workspace.id == Member.workspace_id)
    .join(Card, (Card.member_id == Member.id) & Card.asks & Card.gone_reason.is_(None) & Card.ts.is_not(None))
    .join(Draft, Draft.id == Card.draft_id)
    .where(Workspace.remind_after_hours.is_not(None), Member.active, Member.role.in_(DECIDING_ROLES))
    .where(OPEN_STATUS, AWAKE, Draft.assigned_to.is_(None) | (Draft.assigned_to == Member.id), ~_ENDORSED)
    .group_by(Member.id, Workspace.id)
    .order_by(Member.id)
)
