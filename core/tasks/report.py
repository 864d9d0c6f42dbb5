"""What the person says who was offered a task: done, or could not."""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core import events
from core.actor import Actor
from core.db import first_row
from core.errors import Conflict, Refusal, Stale
from core.ids import UUID
from core.models import Contact, Member, Task, Workspace
from core.states import TASK
from core.taxonomy import RefusalCode, Role, TaskStatus, Verb
from core.text.clean import clean_reason
from core.text.phrases import full_name, when
from core.text.words.refusals import TASK_DECIDED


class _TaskRow(NamedTuple):
    status: str
    offers: int
    offered_to: UUID | None
    done_by: UUID | None
    done_at: datetime | None
    reason: str | None
    timezone: str
    owner: str | None
    who: str | None
    email: str
    first_name: str | None
    last_name: str | None
    now: datetime


@dataclass(frozen=True)
class _Outcome:
    """What the person says: the verb, the state that it leads to, and why."""

    verb: Verb
    to: TaskStatus
    reason: str | None = None


def done(tx: Connection, task_id: UUID, offer: int, by: Actor) -> None:
    """It was done. A trigger writes the history with it, so the sixty days run from here.

    Also accepted after a pause, or once it was taken back: it has happened. The same again changes nothing. Raises
    `Refusal`: somebody else's task; `Conflict`: something else was said; `Stale`: it was offered anew since.
    """
    _report(tx, task_id, offer, by, _Outcome(Verb.DONE, TaskStatus.DONE))


def could_not(tx: Connection, task_id: UUID, offer: int, reason: str, by: Actor) -> None:
    """It could not be done: the count is given back. Raises `BadInput` without a reason; the rest as `done`."""
    _report(tx, task_id, offer, by, _Outcome(Verb.COULD_NOT, TaskStatus.COULD_NOT, clean_reason(reason)))


def _report(tx: Connection, task_id: UUID, offer: int, by: Actor, outcome: _Outcome) -> None:
    row = first_row(tx.execute(_LOCK, {"task": task_id, "workspace": by.workspace_id}), _TaskRow)
    if row is None:
        raise Refusal(RefusalCode.NOT_FOUND, "There is no such task in your workspace.")
    if row.offers != offer:
        raise Stale("This task was offered again since you saw its card. Check it again.", current=row.offers)
    if row.offered_to != by.member_id and not (by.role and by.role.covers(Role.ADMIN)):
        raise Refusal(
            RefusalCode.NOT_A_REVIEWER, f"This task is {row.owner}'s. Only they or an admin can report on it."
        )
    if row.status == outcome.to and row.done_by == by.member_id:
        return
    if offer == 0 or row.status not in TASK.sources(outcome.verb):
        raise _too_late(row)
    tx.execute(
        sa.update(Task)
        .where(Task.id == task_id)
        .values(
            status=outcome.to,
            done_by=by.member_id,
            done_at=sa.func.clock_timestamp(),
            reason=outcome.reason,
            held_code=None,
        )
    )
    events.write(tx, by, events.Entry(outcome.verb, task_id=task_id, moved=(row.status, outcome.to)))


def _too_late(row: _TaskRow) -> Refusal:
    if row.status not in TASK_DECIDED or row.done_at is None:
        return Refusal(RefusalCode.TOO_LATE, f"This task was withdrawn: {row.reason}")
    who, at = row.who or "Somebody", when(row.done_at, row.now, row.timezone)
    sentence = TASK_DECIDED[row.status].format(who=who, at=at, to=full_name(row.first_name, row.last_name) or row.email)
    return Conflict(RefusalCode.ALREADY_DECIDED, sentence, who=who, at=row.done_at)


_Owner, _Teller = sa.orm.aliased(Member), sa.orm.aliased(Member)
_LOCK = (
    sa.select(
        *(Task.status, Task.offers, Task.offered_to, Task.done_by, Task.done_at, Task.reason),
        *(Workspace.timezone, _Owner.name.label("owner")),
        _Teller.name.label("who"),
        *(Contact.email, Contact.first_name, Contact.last_name, sa.func.clock_timestamp().label("now")),
    )
    .join(Contact, Contact.id == Task.contact_id)
    .join(Workspace, Workspace.id == Task.workspace_id)
    .outerjoin(_Owner, _Owner.id == Task.offered_to)
    .outerjoin(_Teller, _Teller.id == Task.done_by)
    .where(Task.id == sa.bindparam("task"), Task.workspace_id == sa.bindparam("workspace"))
    .with_for_update(of=Task)
)
