"""What `signoff accounts` shows: each account with its limits, what it used, its health and why it waits.

`Capacity` is the read model of the view `account_capacity`.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.accounts.deliverability import all_health
from core.accounts.health import Score, fresh
from core.actor import Actor
from core.ids import UUID
from core.text.words.outcomes import of_a_rest


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


@dataclass(frozen=True)
class AccountView:
    """An account as `signoff accounts list` shows it. `today` is what it used of its own day, by kind of message."""

    id: UUID
    address: str = field(repr=False)
    status: str
    paused_reason: str | None
    #: Why it rests, in a sentence, and until when; without an end, until somebody acts.
    rests: str | None
    rest_until: datetime | None
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
    scores = {health.account_id: fresh(health) for health in all_health(tx, by.workspace_id)}
    return [_view(row, scores[row.id], tuple(today[row.id])) for row in rows]


def _view(row: sa.Row[*tuple[Any, ...]], score: Score, today: tuple[Capacity, ...]) -> AccountView:
    columns = dict(row._mapping)
    reason, code = columns.pop("rest_reason"), columns.pop("rest_code")
    return AccountView(
        **columns,
        rests=of_a_rest(reason, code) if reason else None,
        health_score=score.value,
        health_reasons=list(score.reasons),
        today=today,
    )


_LISTED = sa.text("""
    SELECT a.id, a.address, a.status, a.paused_reason, a.rest_reason, a.rest_code, a.rest_until,
           coalesce(q.waiting, 0) AS waiting, a.next_send_at, a.timezone
    FROM accounts a
    LEFT JOIN (
        SELECT account_id, count(*) AS waiting FROM send_queue
        WHERE workspace_id = :workspace AND status IN ('queued', 'claimed') GROUP BY account_id
    ) q ON q.account_id = a.id
    WHERE a.workspace_id = :workspace
    ORDER BY a.address
""")


def capacity(tx: Connection, workspace_id: UUID) -> list[Capacity]:
    """All accounts of the workspace, by address and kind."""
    return [Capacity(*row) for row in tx.execute(_CAPACITY, {"workspace": workspace_id})]


_CAPACITY = sa.text("""
    SELECT account_id, address, day, kind, limit_today, used_today, left_today, next_spaced_at
    FROM account_capacity WHERE workspace_id = :workspace ORDER BY address, kind
""")
