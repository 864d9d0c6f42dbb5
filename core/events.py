"""Events: one line for everything that changed, or was refused (P10). Ids, counts and codes only (P11)."""

from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.actor import Actor
from core.ids import UUID, new_id
from core.models import Event
from core.taxonomy import RefusalCode, Verb


class NothingChanged(Exception):
    """A change that had to be made was not: whoever asked must not go on as if it were."""


@dataclass(frozen=True)
class Entry:
    """What happened, and to what. `moved` is the state before and after; `code` is that of a refusal.

    Without a `workspace_id` it is that of the actor.
    """

    verb: Verb
    workspace_id: UUID | None = None
    draft_id: UUID | None = None
    delivery_id: UUID | None = None
    attempt_id: UUID | None = None
    campaign_id: UUID | None = None
    task_id: UUID | None = None
    moved: tuple[str | None, str] | None = None
    code: RefusalCode | None = None
    data: dict[str, Any] = field(default_factory=dict)


def write(tx: Connection, by: Actor, entry: Entry) -> None:
    """Append an event to the log, in the transaction that makes the change."""
    tx.execute(_WRITE, _parameters(by, entry))


def write_with(tx: Connection, by: Actor, entry: Entry, changes: sa.Insert, values: dict[str, Any]) -> None:
    """Append an event together with its changes (`with_changes`), in one round trip; `values` are what those need.

    Raises `NothingChanged` when they found no row, and then there is no event either.
    """
    if tx.execute(changes, _parameters(by, entry) | values).first() is None:
        raise NothingChanged(f"a {entry.verb} found no row to change")


def _parameters(by: Actor, entry: Entry) -> dict[str, Any]:
    from_status, to_status = entry.moved or (None, None)
    columns = {
        "id": new_id(),
        "workspace_id": entry.workspace_id or by.workspace_id,
        "verb": entry.verb,
        "surface": by.surface,
        "member_id": by.member_id,
        "api_key_id": by.api_key_id,
        "draft_id": entry.draft_id,
        "delivery_id": entry.delivery_id,
        "attempt_id": entry.attempt_id,
        "campaign_id": entry.campaign_id,
        "task_id": entry.task_id,
        "from_status": from_status,
        "to_status": to_status,
        "code": entry.code,
        "data": entry.data,
    }
    return {_parameter(name): value for name, value in columns.items()}


def _parameter(column: str) -> str:
    """Of a name of its own: SQLAlchemy would set a column of that name in the changes beside, too."""
    return f"event_{column}"


#: All but the time, which is the database's own.
_COLUMNS = [column for column in Event.__table__.columns if column.name != "at"]
_VALUES = {column.name: sa.bindparam(_parameter(column.name), type_=column.type) for column in _COLUMNS}
#: Made once, as every change runs it: building a statement anew costs more than sending it.
_WRITE = sa.insert(Event).values(_VALUES)


def with_changes(*changes: sa.CTE) -> sa.Insert:
    """An event and its changes as one statement, for what every mail goes through: one round trip instead of many.

    Made once, too. The last of the changes decides whether there is an event. Postgres runs them in no certain order,
    and none of them sees another: one that has to wait for another reads the rows that it returns.
    """
    return (
        sa.insert(Event)
        .from_select(list(_VALUES), sa.select(*_VALUES.values()).select_from(changes[-1]))
        .returning(Event.id)
        .add_cte(*changes[:-1])
    )
