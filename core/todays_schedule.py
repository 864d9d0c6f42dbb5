"""Today: what left, is leaving, or is queued, with its earliest moment and why: the view `todays_schedule`."""

from dataclasses import dataclass, field, replace
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.delivery.facts import Account, facts_of, one, read_account
from core.gates import earliest, held_by
from core.ids import UUID
from core.taxonomy import DeliveryStatus, GateCode


@dataclass(frozen=True)
class Scheduled:
    """One delivery of an account's own day."""

    delivery_id: UUID
    draft_id: UUID
    key: str
    campaign: str
    account_id: UUID
    account: str = field(repr=False)
    to: str = field(repr=False)
    status: str
    #: When it left.
    at: datetime | None
    #: While it is queued: the earliest moment at which every gate may let it pass, None when that takes somebody's act.
    #: What goes before it in its account's queue may take longer.
    not_before: datetime | None
    #: Which gate holds it back, and the sentence that says so.
    code: str | None
    why: str | None


def todays_schedule(
    tx: Connection, workspace_id: UUID, limit: int = 200, *, account_id: UUID | None = None
) -> list[Scheduled]:
    """What left today (latest last), then what is leaving, then what is queued, earliest first; at most `limit`.

    Of this account, if it is named, and of the whole workspace otherwise.
    """
    accounts: dict[UUID, Account | None] = {}
    found: list[Scheduled] = []
    for row in tx.execute(_SCHEDULE, {"workspace": workspace_id, "account": account_id, "limit": limit}):
        scheduled = Scheduled(*row)
        if scheduled.status == DeliveryStatus.QUEUED:
            if scheduled.account_id not in accounts:
                accounts[scheduled.account_id] = read_account(tx, scheduled.account_id)
            scheduled = _with_gates(tx, scheduled, accounts[scheduled.account_id])
        found.append(scheduled)
    return found


def _with_gates(tx: Connection, scheduled: Scheduled, account: Account | None) -> Scheduled:
    """What the gates say at this moment: the row's own words may be from the last time that somebody looked at it."""
    row = one(tx, scheduled.delivery_id)
    if row is None or account is None or row.status != DeliveryStatus.QUEUED:
        return scheduled
    facts = facts_of(account, row)
    held = held_by(facts)
    if held is not None:
        return replace(scheduled, not_before=earliest(facts), code=held.code, why=held.sentence)
    if row.due_at <= account.now:
        return replace(scheduled, not_before=account.now, code=None, why=None)
    return replace(scheduled, code=GateCode(row.held_code) if row.held_code else None)


# The page is cut before the names are looked up.
_ORDER = """
    CASE s.status WHEN 'queued' THEN 3 WHEN 'claimed' THEN 2 WHEN 'sending' THEN 2 ELSE 1 END,
    s.at, s.not_before NULLS LAST, s.delivery_id
"""
_SCHEDULE = sa.text(f"""
    SELECT s.delivery_id, s.draft_id, d.key, c.slug, s.account_id, s.address, t.email,
           s.status, s.at, s.not_before, s.held_code, s.reason
    FROM (
        SELECT * FROM todays_schedule s
        WHERE workspace_id = :workspace AND (CAST(:account AS uuid) IS NULL OR account_id = :account)
        ORDER BY {_ORDER} LIMIT :limit
    ) s
    JOIN drafts d ON d.id = s.draft_id
    JOIN campaigns c ON c.id = s.campaign_id
    JOIN contacts t ON t.id = s.contact_id
    ORDER BY {_ORDER}
""")  # noqa: S608  made of our own constants
