"""What the person says who was offered a task: done, or could not."""

from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core import events
from core.actor import Actor
from core.db import Row
from core.errors import Conflict, Refusal, Stale
from core.ids import UUID
from core.models import Member, Task, Workspace
from core.states import TASK
from core.taxonomy import RefusalCode, Role, TaskStatus, Verb
from core.text.clean import clean_reason
from core.text.words.refusals import TASK_DECIDED


def done(tx: Connection, task_id: UUID, offer: int, by: Actor) -> None:
    """It was done. A trigger writes the history with it, so the sixty days run from here.

    Also accepted after a pause, or once it was taken back: it has happened. The same again changes nothing. Raises
    `Refusal`: somebody else's task; `Conflict`: something else was said; `Stale`: it was offered anew since.
    """
    _tell(tx, task_id, offer, by, Verb.DONE, TaskStatus.DONE, None)


def could_not(tx: Connection, task_id: UUID, offer: int, reason: str, by: Actor) -> None:
    """It could not be done: the count is given back. Raises `BadInput` without a reason; the rest as `done`."""
    _tell(tx, task_id, offer, by, Verb.COULD_NOT, TaskStatus.COULD_NOT, clean_reason(reason))


def _tell(tx: Connection, task_id: UUID, offer: int, by: Actor, verb: Verb, to: TaskStatus, reason: str | None) -> None:
    row = tx.execute(_LOCK, {"task": task_id, "workspace": by.workspace_id}).first()
    if row is None:
        raise Refusal(RefusalCode.NOT_FOUND, "There is no such task in your workspace.")
    if row.offers != offer:
        raise Stale("This task was offered anew since your card was drawn. Look at it again.", current=row.offers)
    if row.offered_to != by.member_id and not (by.role and by.role.covers(Role.ADMIN)):
        raise Refusal(
            RefusalCode.NOT_A_REVIEWER, f"This task is {row.owner}'s. They or an admin can say what it came to."
        )
    if row.status == to and row.done_by == by.member_id:
        return
    if offer == 0 or row.status not in TASK.sources(verb):
        raise _too_late(row)
    changed = {"status": to, "done_by": by.member_id, "done_at": sa.func.clock_timestamp(), "reason": reason}
    tx.execute(sa.update(Task).where(Task.id == task_id).values(**changed, held_code=None))
    events.write(tx, by, verb, task_id=task_id, moved=(row.status, to))


def _too_late(row: Row) -> Refusal:
    if row.status not in TASK_DECIDED:
        return Refusal(RefusalCode.TOO_LATE, f"This task was taken back: {row.reason}")
    who, at = row.who or "Somebody", f"{row.done_at.astimezone(ZoneInfo(row.timezone)):%H:%M}"
    sentence = TASK_DECIDED[row.status].format(who=who, at=at)
    return Conflict(RefusalCode.ALREADY_DECIDED, sentence, who=who, at=row.done_at)


_Owner, _Teller = sa.orm.aliased(Member), sa.orm.aliased(Member)
_LOCK = (
    sa.select(
        Task.status,
        Task.offers,
        Task.offered_to,
        Task.done_by,
        Task.done_at,
        Task.reason,
        Workspace.timezone,
        _Owner.name.label("owner"),
        _Teller.name.label("who"),
    )
    .join(Workspace, Workspace.id == Task.workspace_id)
    .outerjoin(_Owner, _Owner.id == Task.offered_to)
    .outerjoin(_Teller, _Teller.id == Task.done_by)
    .where(Task.id == sa.bindparam("task"), Task.workspace_id == sa.bindparam("workspace"))
    .with_for_update(of=Task)
)
