"""A moment to come, as short as a person needs it: "14:05", "Mon 09:12", "Mon 4 Jan 09:12"."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

#: From here on the name of a weekday could mean either of two days.
A_WEEK = timedelta(days=7)


def when(at: datetime, now: datetime, timezone: str) -> str:
    """`at` in that zone: the time alone if it is today, with its weekday within a week, with its date otherwise."""
    zone = ZoneInfo(timezone)
    there, here = at.astimezone(zone), now.astimezone(zone)
    days = there.date() - here.date()
    if not days:
        return f"{there:%H:%M}"
    if timedelta(0) < days < A_WEEK:
        return f"{there:%a %H:%M}"
    year = "" if there.year == here.year else f" {there.year}"
    return f"{there:%a} {there.day} {there:%b}{year} {there:%H:%M}"


def is_today(at: datetime, now: datetime, timezone: str) -> bool:
    """Whether both fall on one day in that zone."""
    zone = ZoneInfo(timezone)
    return at.astimezone(zone).date() == now.astimezone(zone).date()
