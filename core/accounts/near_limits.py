"""Accounts that have used up, or nearly so, what they may send in a day."""

from dataclasses import dataclass, field
from datetime import date

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.ids import UUID

#: From this share of its daily limit on, an account is near it.
NEAR = 0.9


@dataclass(frozen=True)
class NearLimit:
    """An account, and how many of its emails of a day left, or may have left."""

    address: str = field(repr=False)
    used: int
    limit: int


def near_limits(tx: Connection, workspace_id: UUID, day: date | None = None) -> list[NearLimit]:
    """The accounts near their limit on `day`, or on their own day today, by address."""
    rows = tx.execute(_OF_DAY if day else _TODAY, {"workspace": workspace_id, "near": NEAR, "day": day})
    return [NearLimit(*row) for row in rows]


#: What is counted for today: with mail that is on its way.
_TODAY = sa.text("""
    SELECT address, used_today, limit_today FROM account_capacity
    WHERE workspace_id = :workspace AND kind = 'email' AND used_today > 0 AND used_today >= :near * limit_today
    ORDER BY address
""")

_OF_DAY = sa.text("""
    SELECT a.address, h.used, account_limit_on(a, 'email', :day) AS "limit"
    FROM accounts a CROSS JOIN LATERAL (
        SELECT count(*) AS used FROM outreach_history
        WHERE account_id = a.id AND delivery_id IS NOT NULL AND status <> 'failed'
            AND contacted_at >= day_begins(a.timezone, CAST(:day AS date))
            AND contacted_at < day_begins(a.timezone, CAST(:day AS date) + 1)
    ) h
    WHERE a.workspace_id = :workspace AND a.channel = 'email' AND h.used > 0
        AND h.used >= :near * account_limit_on(a, 'email', :day)
    ORDER BY a.address
""").bindparams(sa.bindparam("day", type_=sa.Date))
