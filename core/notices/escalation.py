"""Escalate: what nobody decides for long is told to admins and owners, once. Silence is never an approval."""

from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core import events
from core.actor import SIGNOFF
from core.alerts import Notice, raise_alert
from core.db import all_rows
from core.drafts.order import AWAKE, OPEN_STATUS, TO_CHANGE
from core.ids import UUID
from core.models import Draft, Workspace
from core.taxonomy import AlertKind, Verb
from core.text.phrases import how_long


class _Waiting(NamedTuple):
    id: UUID
    workspace_id: UUID
    waits_since: datetime
    now: datetime


def escalate_due(tx: Connection, limit: int = 1_000) -> list[UUID]:
    """Have admins told of drafts that wait for longer than `escalate_after_hours`; returns the drafts.

    All that a workspace has at once is told in one sentence, and what waits for changes in another. What comes back to
    review later counts anew.
    """
    told = _escalate(
        tx, OPEN_STATUS & AWAKE, "its reviewers have not decided", "their reviewers have not decided", limit
    )
    asked = "nobody has made the requested changes"
    return [*told, *_escalate(tx, TO_CHANGE, asked, asked, limit - len(told))]


def _escalate(tx: Connection, which: sa.ColumnElement[bool], one: str, more: str, limit: int) -> list[UUID]:
    wait = sa.func.make_interval(0, 0, 0, 0, Workspace.escalate_after_hours)
    due = (
        sa.select(Draft.id, sa.func.clock_timestamp().label("now"))
        .join(Workspace, Workspace.id == Draft.workspace_id)
        .where(Workspace.escalate_after_hours.is_not(None), which, Draft.escalated_at.is_(None))
        .where(Draft.waits_since < sa.func.clock_timestamp() - wait)
        .order_by(Draft.waits_since)
        .limit(limit)
        .with_for_update(of=Draft, skip_locked=True)
        .cte()
    )
    escalate = (
        sa.update(Draft)
        .where(Draft.id == due.c.id)
        .values(escalated_at=due.c.now)
        .returning(Draft.id, Draft.workspace_id, Draft.waits_since, due.c.now)
    )
    rows = all_rows(tx.execute(escalate), _Waiting)
    of_workspace: dict[UUID, list[_Waiting]] = {}
    for row in sorted(rows, key=lambda row: row.waits_since):
        of_workspace.setdefault(row.workspace_id, []).append(row)
        events.write(tx, SIGNOFF, events.Entry(Verb.ESCALATE, workspace_id=row.workspace_id, draft_id=row.id))
    for workspace_id, drafts in of_workspace.items():
        oldest = drafts[0]
        told = sentence(len(drafts), how_long(oldest.now - oldest.waits_since), one, more)
        raise_alert(tx, workspace_id, Notice(AlertKind.DRAFT_WAITING, told, draft_id=oldest.id))
    return [row.id for row in rows]


def sentence(drafts: int, longest: str, one: str, more: str) -> str:
    """What admins are told, after "Decision overdue."; then what has not happened: to `one`, or more."""
    if drafts == 1:
        return f"It has waited for {longest}, and {one}."
    return f"{drafts:,} drafts have waited, the oldest for {longest}, and {more}."
