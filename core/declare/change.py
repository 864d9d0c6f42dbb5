"""Settle one row: insert it, or update what differs, and write the event; and wake what waits for another hour."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import time
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core import events
from core.actor import Actor
from core.declare.declaration import Declaration
from core.declare.limits import WEEKDAYS
from core.delivery.release import release
from core.ids import UUID
from core.mail.server import STORED
from core.models import Account, Base, Campaign, Delivery, Workspace
from core.secrets import is_sealed
from core.taxonomy import GateCode, Verb
from core.text.folding import fold_text

Row = sa.Row[Any]
DAYS = {number: name for name, number in WEEKDAYS.items()}


@dataclass(frozen=True)
class Field:
    """A field that differs, with its old and its new value as a person would read them."""

    name: str
    before: str
    after: str


@dataclass(frozen=True)
class Change:
    """What was done about one thing that was declared; neither created nor any fields: it was so already."""

    kind: str
    name: str
    created: bool = False
    fields: tuple[Field, ...] = ()

    @property
    def changed(self) -> bool:
        return not self.created and bool(self.fields)


@dataclass
class Turn:
    """One run of `apply`: who, where, and what was done so far."""

    tx: Connection
    by: Actor
    workspace_id: UUID
    changes: list[Change] = field(default_factory=list)


@dataclass(frozen=True)
class Label:
    """What a person calls a row, what to show instead of an id, and what differs in other tables."""

    name: str
    shown: Mapping[Any, str] | None = None
    elsewhere: tuple[Field, ...] = ()


def settle(
    turn: Turn, table: type[Base], row_id: UUID, found: Row | None, wanted: Mapping[str, Any], label: Label
) -> Change:
    """Make the row `row_id` hold `wanted`; `found` is what it holds now, None if it is new.

    The event says which kind, which id and which fields, and no values (P11).
    """
    kind = table.__name__.lower()
    if found is None:
        belongs = {} if table is Workspace else {"workspace_id": turn.workspace_id}
        turn.tx.execute(sa.insert(table).values(id=row_id, **belongs, **wanted))
        change = Change(kind, label.name, created=True)
    else:
        before = found._mapping
        differs = {key: value for key, value in wanted.items() if before[key] != value}
        if differs:
            turn.tx.execute(sa.update(table).where(table.__table__.c.id == row_id).values(**differs))
        fields = (
            Field(key.removesuffix("_id"), _words(before[key], label.shown), _words(value, label.shown))
            for key, value in differs.items()
        )
        change = Change(kind, label.name, fields=(*fields, *label.elsewhere))
    turn.changes.append(change)
    if change.created or change.changed:
        data = {
            "kind": kind,
            "id": str(row_id),
            "created": change.created,
            "fields": [one.name for one in change.fields],
        }
        campaign_id = row_id if table is Campaign else None
        entry = events.Entry(Verb.DECLARE, workspace_id=turn.workspace_id, campaign_id=campaign_id, data=data)
        events.write(turn.tx, turn.by, entry)
    return change


def _words(value: Any, shown: Mapping[Any, str] | None) -> str:
    if value is None:
        return "none"
    if isinstance(value, list):
        return ", ".join(DAYS[day] for day in value)  # the only list that is declared as a column
    if isinstance(value, time):
        return f"{value:%H:%M}"
    if isinstance(value, str) and is_sealed(value):
        return STORED
    return (shown or {}).get(value) or str(value)


#: The keys of an account by which the gates decide when it may send.
HOURS = ("timezone", "country", "opens", "closes", "weekdays")


def wake_what_hours_hold(turn: Turn, declaration: Declaration) -> None:
    """Make due what waits for an hour that is about to be another one.

    Before accounts are changed: deliveries are locked before them, by everybody. That an account itself is looked at
    again, when its hours or limits change, the database sees to (`look_again`).
    """
    for account in declaration.accounts:
        hours = account.model_dump(include=set(HOURS)) | {
            "timezone": account.timezone or declaration.workspace.timezone
        }
        changed = (
            sa.select(Account.id)
            .where(Account.workspace_id == turn.workspace_id)
            .where(sa.func.fold_text(Account.address) == fold_text(account.address))
            .where(sa.or_(*(getattr(Account, key).is_distinct_from(value) for key, value in hours.items())))
        )
        release(turn.tx, Delivery.account_id.in_(changed), GateCode.OUTSIDE_HOURS)
    for campaign in declaration.campaigns:
        changed = sa.select(Campaign.id).where(
            Campaign.workspace_id == turn.workspace_id,
            Campaign.slug == campaign.slug,
            Campaign.recipient_hours != campaign.recipient_hours,
        )
        release(turn.tx, Delivery.campaign_id.in_(changed), GateCode.OUTSIDE_HOURS)
