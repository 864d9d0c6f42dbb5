"""Times as people read them, in the workspace's zone, with the exact moment for machines."""

from datetime import UTC, datetime

from markupsafe import Markup

from core.text.phrases import when
from core.time_zones import zone_of


def moment(at: datetime | None, timezone: str) -> Markup:
    """`<time>` with day, hour and minute, such as "20 Nov 2026, 14:05"; empty for none."""
    return _time(at, timezone, "%-d %b %Y, %H:%M")


def clock(at: datetime | None, timezone: str) -> Markup:
    """`<time>` for the middle of a sentence: "14:05 on 20 Nov 2026"."""
    return _time(at, timezone, "%H:%M on %-d %b %Y")


def to_come(at: datetime, timezone: str) -> Markup:
    """`<time>` for something that is to be: "14:05" today, "Mon 09:12" within a week."""
    local = at.astimezone(zone_of(timezone))
    short = when(at, datetime.now(UTC), str(local.tzinfo))
    return Markup('<time datetime="{}">{}</time>').format(local.isoformat(timespec="seconds"), short)


def exact(at: datetime | None, timezone: str) -> Markup:
    """`<time>` with seconds."""
    return _time(at, timezone, "%-d %b %Y, %H:%M:%S")


def _time(at: datetime | None, timezone: str, form: str) -> Markup:
    if at is None:
        return Markup("")
    local = at.astimezone(zone_of(timezone))
    return Markup('<time datetime="{}">{}</time>').format(local.isoformat(timespec="seconds"), local.strftime(form))
