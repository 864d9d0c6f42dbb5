"""The unit of work of an act: who acts, whether their role covers it, what it does, and the event of a refusal."""

from collections.abc import Callable
from typing import TypeVar

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core import events
from core.actor import Actor
from core.db import transaction
from core.errors import Refusal
from core.ids import UUID
from core.models import Draft, Task
from core.taxonomy import Role, Verb

Result = TypeVar("Result")
#: Finds the actor within the transaction of their act, and never raises `Refusal`: a stranger is an actor without role.
Identify = Callable[[Connection], Actor]


def act(
    identify: Identify,
    needs: Role | None,
    verb: Verb,
    do: Callable[[Connection, Actor], Result],
    *,
    draft_id: UUID | None = None,
    task_id: UUID | None = None,
) -> Result:
    """Run `do` as a unit of work: one transaction, as whom `identify` finds, if their role covers `needs` (None: any).

    A `Refusal` rolls everything back, becomes an event of its own, and is raised again for the surface to tell.
    """
    by: Actor | None = None
    try:
        with transaction() as tx:
            by = identify(tx)
            if needs is not None:
                by.require(needs)
            return do(tx, by)
    except Refusal as refusal:
        assert by is not None
        with transaction() as tx:
            # An id that we do not know, or that another workspace owns, is not tied to the event.
            draft = tx.scalar(sa.select(Draft.id).where(Draft.id == draft_id, Draft.workspace_id == by.workspace_id))
            task = _own_task(tx, task_id, by) if task_id else None
            refused = events.Entry(Verb.REFUSE, draft_id=draft, task_id=task, code=refusal.code, data={"wanted": verb})
            events.write(tx, by, refused)
        raise


def _own_task(tx: Connection, task_id: UUID, by: Actor) -> UUID | None:
    return tx.scalar(sa.select(Task.id).where(Task.id == task_id, Task.workspace_id == by.workspace_id))
