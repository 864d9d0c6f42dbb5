"""Renew: the same text as a new version, because what surrounds it is not what its reader saw any more (P3).

For a draft that came back from a failed delivery or a withdrawn approval, or whose sender changed: a click on a card
from before names the old version, and is refused.
"""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.ids import UUID
from core.models import Draft, DraftVersion

#: What is noted of a draft that waits for a decision from now on: nobody was reminded of it, and no admin told.
ANEW: dict[str, Any] = {"waits_since": sa.func.clock_timestamp(), "escalated_at": None}
#: What is noted of a draft that nobody puts off any more.
NOT_SNOOZED: dict[str, Any] = {"snoozed_until": None, "snoozed_by": None}


def renew(tx: Connection, which: sa.ColumnElement[bool], **changes: object) -> Sequence[UUID]:
    """Give these drafts a new version with the text of their latest, and `changes` with it; returns their ids."""
    renewed = tx.scalars(
        sa.update(Draft).where(which).values(version=Draft.version + 1, **changes).returning(Draft.id)
    ).all()
    columns = [column for column in DraftVersion.__table__.c if column.name != "version"]
    if renewed:
        tx.execute(
            sa.insert(DraftVersion).from_select(
                ["version", *(column.name for column in columns)],
                sa.select(Draft.version, *columns)
                .join(Draft, (Draft.id == DraftVersion.draft_id) & (Draft.version - 1 == DraftVersion.version))
                .where(Draft.id.in_(renewed)),
            )
        )
    return renewed
