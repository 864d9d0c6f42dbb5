"""Short phrases for people: a moment to come, how long something lasted, a few of many, a full name."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from core.time_zones import zone_of

#: From here on the name of a weekday could mean either of two days.
A_WEEK = timedelta(days=7)


def when(at: datetime, now: datetime, timezone: str) -> str:
    """`at` in that zone: the time alone if it is today, with its weekday within a week, with its date otherwise."""
    zone = zone_of(timezone)
    there, here = at.astimezone(zone), now.astimezone(zone)
    days = there.date() - here.date()
    if not days:
        return f"{there:%H:%M}"
    if timedelta(0) < days < A_WEEK:
        return f"{there:%a %H:%M}"
    year = "" if there.year == here.year else f" {there.year}"
    return f"{there:%a} {there.day} {there:%b}{year} {there:%H:%M}"


def at_time(at: datetime, now: datetime, timezone: str) -> str:
    """The same in a sentence about what was: "at 22:50", "on Sun 29 Nov at 22:50"."""
    day, _, clock = when(at, now, timezone).rpartition(" ")
    return f"on {day} at {clock}" if day else f"at {clock}"


def weekday_time(at: datetime, timezone: str) -> str:
    """The weekday and the time in that zone: "Sunday 22:40"."""
    return f"{at.astimezone(zone_of(timezone)):%A %H:%M}"


def is_today(at: datetime, now: datetime, timezone: str) -> bool:
    """Whether both fall on one day in that zone."""
    zone = zone_of(timezone)
    return at.astimezone(zone).date() == now.astimezone(zone).date()


#: Until then it is told in this unit.
_UNITS = (
    (timedelta(hours=2), timedelta(minutes=1), "minute"),
    (timedelta(days=2), timedelta(hours=1), "hour"),
    (timedelta.max, timedelta(days=1), "day"),
)


def how_long(lasted: timedelta) -> str:
    """`lasted` in whole units, rounded down; at least "1 minute"."""
    length, unit = next((length, unit) for until, length, unit in _UNITS if lasted < until)
    number = max(1, lasted // length)
    return f"{number:,} {unit}{'' if number == 1 else 's'}"


def some_of(names: Sequence[str], most: int = 10) -> str:
    """The first `most` of these names, and how many there are beside them."""
    more = f" and {len(names) - most:,} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def as_sentence(text: str) -> str:
    """The text with a full stop, unless it ends as a sentence does: another may follow it."""
    text = text.rstrip()
    return text if not text or text[-1] in ".!?…。！？" else f"{text}."


def all_stopped(reason: str) -> str:
    """That nothing at all is sent, and why, for a reader who does not know what the reason is a reason of."""
    return as_sentence(f"All sending is stopped: {reason}")


def full_name(first_name: str | None, last_name: str | None) -> str:
    """First and last name, as far as they are known; empty if neither is."""
    return " ".join(filter(None, (first_name, last_name)))
