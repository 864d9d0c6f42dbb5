"""Whose business hours are over when a mail would leave: what "send now" would disregard (CHECKLIST 004.7). Pure."""

from dataclasses import dataclass, field
from datetime import datetime

from core.hours import Hours, is_open, next_open


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


def closed_by(hours: Hours, address: str | None, now: datetime, leaves: datetime) -> ClosedHours | None:
    """These hours, of this account or of a recipient, if they are over when a mail leaves."""
    if is_open(hours, leaves):
        return None
    return ClosedHours(address, leaves, next_open(hours, leaves), hours.timezone, as_yet_open=is_open(hours, now))
