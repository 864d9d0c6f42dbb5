"""What left or is to leave, each a line of a table."""

from datetime import UTC, datetime

from core.taxonomy import DeliveryStatus
from core.text.phrases import when
from core.text.words.states import IN_A_LIST
from core.views.activity import Activity
from core.views.todays_schedule import Scheduled

NOTHING = "-"


def of_today(row: Scheduled, timezone: str) -> tuple[str, ...]:
    """Of a delivery: when it left, or may leave at the earliest, what became of it, what it is, and why it waits."""
    queued = row.status == DeliveryStatus.QUEUED
    at = _moment(row.not_before if queued else row.at, timezone, to_come=queued)
    return (at, _said(row.status), row.key, row.to, row.campaign, row.account, row.why or "")


def of_activity(item: Activity, timezone: str) -> tuple[str, ...]:
    """Of something that left, or is to: when, what became of it, what it is, to whom, of which campaign and account."""
    at = _moment(item.at, timezone, to_come=item.what == "scheduled")
    return (at, _said(item.status), item.key or NOTHING, item.person, item.campaign or NOTHING, item.account or NOTHING)


def _said(status: str) -> str:
    return IN_A_LIST.get(status, status)


def _moment(at: datetime | None, timezone: str, *, to_come: bool) -> str:
    if at is None:
        return NOTHING
    now = datetime.now(UTC)
    return "now" if to_come and at <= now else when(at, now, timezone)
