"""Whose business hours are over when a mail would leave: what "send now" would disregard (CHECKLIST 004.7). Touches
nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.hours import Hours, is_open, next_open
from core.ids import UUID
from core.models import Account, Campaign, Contact, Draft, Workspace
from core.taxonomy import DraftKind
from core.time_zones import is_time_zone


@dataclass(frozen=True)
class ClosedHours:
    """Business hours that are over: whose they are, the time at which a mail would leave, and when they begin again."""

    #: The account's address; None for the recipient's own hours.
    address: str | None = field(repr=False)
    leaves: datetime
    opens: datetime | None
    timezone: str
    #: They are open as yet, and over by the time that it leaves: after the time for an undo, or behind another mail.
    as_yet_open: bool = False


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
    # Not before the approval can no longer be undone; an answer waits for no spacing.
    sa.func.greatest(
        sa.func.clock_timestamp() + sa.func.make_interval(0, 0, 0, 0, 0, 0, Workspace.undo_seconds),
        sa.case((Draft.kind != DraftKind.REPLY, Account.next_spaced_at)),
    ).label("leaves"),
)


def closed_hours(tx: Connection, draft_ids: Sequence[UUID]) -> Mapping[UUID, ClosedHours]:
    """Those of these drafts that would leave outside of the hours of their account, or of their recipient where the
    campaign says so."""
    rows = tx.execute(with_hours(sa.select(Draft.id, *HOURS)).where(Draft.id.in_(draft_ids)))
    return {row.id: closed for row in rows if (closed := closed_at(row))}


def with_hours(select: sa.Select[Any]) -> sa.Select[Any]:
    """`select`, of `HOURS` among others, with the tables that these are in."""
    return (
        select.select_from(Draft)
        .join(Campaign, Campaign.id == Draft.campaign_id)
        .join(Account, Account.id == Campaign.account_id)
        .join(Contact, Contact.id == Draft.contact_id)
        .join(Workspace, Workspace.id == Draft.workspace_id)
    )


def closed_at(row: sa.Row[Any]) -> ClosedHours | None:
    """The hours that are over by a row with `HOURS`; None while they are open."""
    known = row.recipient_hours and row.recipient_zone and is_time_zone(row.recipient_zone)
    theirs = row.recipient_zone if known else None
    hours = Hours(theirs or row.timezone, row.opens, row.closes, frozenset(row.weekdays), row.country)
    return closed_by(hours, None if theirs else row.address, row.now, row.leaves)


def closed_by(hours: Hours, address: str | None, now: datetime, leaves: datetime) -> ClosedHours | None:
    """These hours, of this account or of a recipient, if they are over when a mail leaves. Pure."""
    if is_open(hours, leaves):
        return None
    return ClosedHours(address, leaves, next_open(hours, leaves), hours.timezone, as_yet_open=is_open(hours, now))
