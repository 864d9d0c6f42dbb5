"""What each account may still send on its own day: the read model of the view `account_capacity`."""

from dataclasses import dataclass, field
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.ids import UUID


@dataclass(frozen=True)
class Capacity:
    """One kind of message of one account. `limit` counts the warm-up in; `day` is the account's own."""

    account_id: UUID
    address: str = field(repr=False)
    day: date
    kind: str
    limit: int
    used: int
    left: int
    #: The next mail leaves no earlier than this.
    next_spaced_at: datetime | None


def capacity(tx: Connection, workspace_id: UUID) -> list[Capacity]:
    """All accounts of the workspace, by address and kind."""
    return [Capacity(*row) for row in tx.execute(_CAPACITY, {"workspace": workspace_id})]


_CAPACITY = sa.text("""
    SELECT account_id, address, day, kind, limit_today, used_today, left_today, next_spaced_at
    FROM account_capacity WHERE workspace_id = :workspace ORDER BY address, kind
""")
