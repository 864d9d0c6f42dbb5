"""What `signoff accounts` shows: each account with its limits, what it used, its health and why it waits."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.accounts.capacity import Capacity, capacity
from core.actor import Actor
from core.ids import UUID


@dataclass(frozen=True)
class AccountView:
    """An account as `signoff accounts list` shows it. `today` is what it used of its own day, by kind of message."""

    id: UUID
    address: str = field(repr=False)
    status: str
    paused_reason: str | None
    health_score: int | None
    health_reasons: list[str]
    waiting: int
    #: When the clock looks at its queue again; None while nothing of it can go by itself.
    next_send_at: datetime | None
    timezone: str
    today: tuple[Capacity, ...]


def all_accounts(tx: Connection, by: Actor) -> list[AccountView]:
    """All accounts of the workspace, by address."""
    assert by.workspace_id is not None
    today: dict[UUID, list[Capacity]] = defaultdict(list)
    for kind in capacity(tx, by.workspace_id):
        today[kind.account_id].append(kind)
    rows = tx.execute(_LISTED, {"workspace": by.workspace_id})
    return [AccountView(**row._mapping, today=tuple(today[row.id])) for row in rows]


_LISTED = sa.text("""
    SELECT a.id, a.address, a.status, a.paused_reason, a.health_score, a.health_reasons,
           coalesce(q.waiting, 0) AS waiting, a.next_send_at, a.timezone
    FROM accounts a
    LEFT JOIN (
        SELECT account_id, count(*) AS waiting FROM send_queue
        WHERE workspace_id = :workspace AND status IN ('queued', 'claimed') GROUP BY account_id
    ) q ON q.account_id = a.id
    WHERE a.workspace_id = :workspace
    ORDER BY a.address
""")
