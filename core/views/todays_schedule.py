"""Today: what is leaving, what waits to leave, and what left, of each account's own day: the view `todays_schedule`."""

from dataclasses import dataclass, field, replace
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.delivery.explain import wait_reason
from core.delivery.facts import AccountRow
from core.delivery.queue import read_account, read_delivery
from core.hours import local_day
from core.ids import UUID
from core.taxonomy import DeliveryStatus
from core.views.came_back import weightiest_of


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
    #: queued, claimed, sending; or what became of what left: sent, unknown, or the weightiest that came back.
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
) -> tuple[list[Scheduled], bool]:
    """What is leaving, then what waits to leave today, earliest first, then what left, latest first.

    Of this account, if it is named, and of the whole workspace otherwise; and whether there is more than `limit`. Of
    what waits, no more of an account than it may still send today; last comes what waits for somebody's act.
    """
    rows = tx.execute(_SCHEDULE, {"workspace": workspace_id, "account": account_id, "limit": limit + 1}).all()
    accounts: dict[UUID, AccountRow | None] = {}
    leaving, queued, left = list[Scheduled](), list[Scheduled](), list[Scheduled]()
    for scheduled in (Scheduled(*row) for row in rows[:limit]):
        if scheduled.at is not None:
            left.append(scheduled)
        elif scheduled.status != DeliveryStatus.QUEUED:
            leaving.append(scheduled)
        else:
            if scheduled.account_id not in accounts:
                accounts[scheduled.account_id] = read_account(tx, scheduled.account_id)
            now = _as_it_stands(tx, scheduled, accounts[scheduled.account_id])
            queued += [now] if now else []
    queued.sort(key=lambda mail: (mail.not_before is None, mail.not_before))
    return [*leaving, *queued, *left], len(rows) > limit


def _as_it_stands(tx: Connection, scheduled: Scheduled, account: AccountRow | None) -> Scheduled | None:
    """What the gates say now: the row's own words are of when somebody looked last. None: it does not leave today."""
    row = read_delivery(tx, scheduled.delivery_id)
    if row is None or account is None or row.status != DeliveryStatus.QUEUED:
        return None
    held = wait_reason(account, row)
    if held is None:
        return replace(scheduled, not_before=max(row.due_at, account.now), code=None, why=None)
    zone = account.account_timezone
    if held.until is not None and local_day(zone, held.until) > local_day(zone, account.now):
        return None
    return replace(scheduled, not_before=held.until, code=held.code, why=held.sentence)


# The page is cut before the names are looked up. What left is last, and of that the latest.
_ORDER = """
    s.at IS NOT NULL, s.status = 'queued', s.at DESC, s.not_before NULLS LAST, s.delivery_id
"""
_SCHEDULE = sa.text(f"""
    SELECT s.delivery_id, s.draft_id, d.key, c.slug, s.account_id, s.address, t.email,
           coalesce(CASE WHEN s.at IS NOT NULL THEN {weightiest_of("s")} END, s.status), s.at,
           s.not_before, s.held_code, s.reason
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
