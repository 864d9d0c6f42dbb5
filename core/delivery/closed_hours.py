"""Whose business hours are over at this moment: what "send now" would disregard (004.7). Touches nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.delivery.facts import account_facts, recipient_hours
from core.delivery.queue import read_account
from core.hours import Hours, is_open, next_open
from core.ids import UUID
from core.models import Campaign, Contact, Draft
from core.taxonomy import CountedAs


@dataclass(frozen=True)
class ClosedHours:
    """Business hours that are over: whose they are, what time it is there, and when they begin again."""

    #: The account's address; None for the recipient's own hours.
    address: str | None = field(repr=False)
    now: datetime
    opens: datetime | None
    timezone: str


def closed_hours(tx: Connection, draft_ids: Sequence[UUID]) -> Mapping[UUID, ClosedHours]:
    """Those of these drafts whose account, or whose recipient where the campaign says so, is outside of its hours.

    One statement for the drafts, and one for each of their accounts.
    """
    rows = tx.execute(
        sa.select(Draft.id, Campaign.account_id, Campaign.recipient_hours, Contact.timezone)
        .join(Campaign, Campaign.id == Draft.campaign_id)
        .join(Contact, Contact.id == Draft.contact_id)
        .where(Draft.id.in_(draft_ids))
    ).all()
    accounts = {account_id: read_account(tx, account_id) for account_id in {row.account_id for row in rows}}
    found = {}
    for row in rows:
        account = accounts[row.account_id]
        if account is None:
            continue
        theirs = recipient_hours(account, row.timezone) if row.recipient_hours else None
        hours = theirs or account_facts(account, CountedAs.EMAIL).hours
        if not is_open(hours, account.now):
            found[row.id] = _closed(hours, account.now, None if theirs else account.address)
    return found


def _closed(hours: Hours, now: datetime, address: str | None) -> ClosedHours:
    return ClosedHours(address, now, next_open(hours, now), hours.timezone)
