"""How long something has lasted, as short as a person needs it: "20 minutes", "5 hours", "3 days"."""

from datetime import timedelta

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
