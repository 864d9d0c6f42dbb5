"""Whose business hours are over at this moment: what "send now" would disregard (CHECKLIST 004.7). Touches nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.hours import Hours, is_open, next_open
from core.ids import UUID
from core.models import Account, Campaign, Contact, Draft


@dataclass(frozen=True)
class ClosedHours:
    """Business hours that are over: whose they are, what time it is there, and when they begin again."""

    #: The account's address; None for the recipient's own hours.
    address: str | None = field(repr=False)
    now: datetime
    opens: datetime | None
    timezone: str


#: The columns of `closed_at`.
HOURS = (
    Campaign.recipient_hours,
    Contact.timezone.label("recipient_zone"),
    Account.address,
    Account.timezone,
    Account.opens,
    Account.closes,
    Account.weekdays,
    Account.country,
    sa.func.clock_timestamp().label("now"),
)


def closed_hours(tx: Connection, draft_ids: Sequence[UUID]) -> Mapping[UUID, ClosedHours]:
    """Those of these drafts whose account, or whose recipient where the campaign says so, is outside of its hours."""
    rows = tx.execute(with_hours(sa.select(Draft.id, *HOURS)).where(Draft.id.in_(draft_ids)))
    return {row.id: closed for row in rows if (closed := closed_at(row))}


def with_hours(select: sa.Select[Any]) -> sa.Select[Any]:
    """`select`, of `HOURS` among others, with the tables that these are in."""
    return (
        select.select_from(Draft)
        .join(Campaign, Campaign.id == Draft.campaign_id)
        .join(Account, Account.id == Campaign.account_id)
        .join(Contact, Contact.id == Draft.contact_id)
    )


def closed_at(row: sa.Row[Any]) -> ClosedHours | None:
    """The hours that are over by a row with `HOURS`; None while they are open."""
    theirs = row.recipient_zone if row.recipient_hours else None
    zone = theirs or row.timezone
    hours = Hours(zone, row.opens, row.closes, frozenset(row.weekdays), row.country)
    if is_open(hours, row.now):
        return None
    return ClosedHours(None if theirs else row.address, row.now, next_open(hours, row.now), zone)
