"""Snooze: a draft asks for nobody's attention for a while. It can still be decided, and a decision ends it."""

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core import events
from core.actor import SIGNOFF, Actor
from core.db import now
from core.drafts.conflicts import explain_conflict, update_theirs
from core.drafts.versions import NOT_SNOOZED, REDRAW, RESTART_WAIT
from core.errors import BadInput, Refusal
from core.ids import UUID
from core.models import Draft
from core.states import OPEN_DRAFT
from core.taxonomy import RefusalCode, Verb

#: Nothing is put off for longer.
LONGEST = timedelta(days=30)


def snooze(tx: Connection, draft_id: UUID, seen: int, until: datetime, by: Actor) -> None:
    """Optimistic: snooze a draft, in the round `seen`, until a moment to come, at most 30 days away; a second time
    moves that moment.

    Raises `BadInput` for another moment, `Conflict`, `Stale` or another `Refusal`.
    """
    at = now(tx)
    if until <= at:
        raise BadInput("Choose a time in the future.", "until")
    if until > at + LONGEST:
        raise BadInput(f"Choose a time within {LONGEST.days} days.", "until")
    as_seen = (Draft.status.in_(OPEN_DRAFT), Draft.review_round == seen)
    rest = {"snoozed_until": until, "snoozed_by": by.member_id, **REDRAW}
    version = update_theirs(tx, draft_id, by, as_seen, rest)
    if version is None:
        raise explain_conflict(tx, draft_id, seen, by)
    entry = events.Entry(
        Verb.SNOOZE, draft_id=draft_id, data={"version": version, "until": until.isoformat(timespec="seconds")}
    )
    events.write(tx, by, entry)


def wake(tx: Connection, draft_id: UUID, by: Actor) -> None:
    """A conditional update: end a snooze. Raises `Refusal` (NOTHING_TO_DO) when nobody put it off, or another."""
    awake = {**REDRAW, **NOT_SNOOZED, **RESTART_WAIT}
    if update_theirs(tx, draft_id, by, [Draft.snoozed_until.is_not(None)], awake) is None:
        why = explain_conflict(tx, draft_id, None, by)
        is_awake = why.code in (RefusalCode.NOTHING_TO_DO, RefusalCode.BLOCKED)
        raise Refusal(RefusalCode.NOTHING_TO_DO, "This draft is not snoozed.") if is_awake else why
    events.write(tx, by, events.Entry(Verb.WAKE, draft_id=draft_id))


def wake_due(tx: Connection, limit: int = 100) -> list[UUID]:
    """Wake up to `limit` drafts whose time has come, longest over first; returns them, for their cards."""
    due = (
        sa.select(Draft.id)
        .where(Draft.snoozed_until <= sa.func.clock_timestamp())
        .order_by(Draft.snoozed_until)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .cte()
    )
    woken = tx.execute(
        sa.update(Draft)
        .where(Draft.id == due.c.id)
        .values(**REDRAW, **NOT_SNOOZED, **RESTART_WAIT)
        .returning(Draft.id, Draft.workspace_id)
    ).all()
    for row in woken:
        events.write(tx, SIGNOFF, events.Entry(Verb.WAKE, workspace_id=row.workspace_id, draft_id=row.id))
    return [row.id for row in woken]
