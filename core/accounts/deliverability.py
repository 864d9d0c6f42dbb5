"""Deliverability: how an account's mail is received, as the view `account_health` counts it (a read model)."""

from dataclasses import dataclass, field
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.ids import UUID


@dataclass(frozen=True)
class Window:
    """The mails that left within some time: how many, how many bounced for good, how many were reported as spam."""

    sent: int
    bounced: int
    complained: int

    @property
    def bounce_rate(self) -> float:
        """A share, 0 to 1."""
        return self.bounced / self.sent if self.sent else 0.0

    @property
    def complaint_rate(self) -> float:
        """A share, 0 to 1."""
        return self.complained / self.sent if self.sent else 0.0


@dataclass(frozen=True)
class AccountHealth:
    """What is kept of an account's health, and what it would be computed from now."""

    account_id: UUID
    address: str = field(repr=False)
    is_paused: bool
    paused_reason: str | None
    #: 0 to 100; None while there is too little to tell.
    score: int | None
    #: Sentences that explain the score.
    reasons: tuple[str, ...]
    scored_at: datetime | None
    #: The last 7 and 30 days, and the last 7 without what came before the account was last resumed.
    week: Window
    month: Window
    watched: Window


def health_of(tx: Connection, account_id: UUID) -> AccountHealth | None:
    """The health of one account."""
    rows = _read(tx, "account_id = :id", account_id)
    return rows[0] if rows else None


def all_health(tx: Connection, workspace_id: UUID) -> list[AccountHealth]:
    """The health of every account of the workspace, by address."""
    return _read(tx, "workspace_id = :id", workspace_id)


def _read(tx: Connection, which: str, id_: UUID) -> list[AccountHealth]:
    rows = tx.execute(sa.text(f"SELECT * FROM account_health WHERE {which} ORDER BY address"), {"id": id_})  # noqa: S608  ours
    return [
        AccountHealth(
            account_id=row.account_id,
            address=row.address,
            is_paused=row.is_paused,
            paused_reason=row.paused_reason,
            score=row.health_score,
            reasons=tuple(row.health_reasons),
            scored_at=row.health_at,
            week=Window(row.sent_7, row.bounced_7, row.complained_7),
            month=Window(row.sent_30, row.bounced_30, row.complained_30),
            watched=Window(row.sent_watched, row.bounced_watched, row.complained_watched),
        )
        for row in rows
    ]
