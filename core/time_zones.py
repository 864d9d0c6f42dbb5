"""Time zones by the names of the IANA database: which are taken in, and what an unknown one is read as."""

from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

#: Files beside the zones that mean something else on each machine, or no place at all.
NO_PLACES = frozenset({"localtime", "posixrules", "Factory"})


def is_time_zone(name: str) -> bool:
    """Whether it is a zone of that database. What some systems keep beside them (`right/`, `posix/`) is none."""
    return name in _known()


@lru_cache(maxsize=1)
def _known() -> frozenset[str]:
    return frozenset(name for name in available_timezones() if not name.startswith(("posix/", "right/"))) - NO_PLACES


def zone_of(name: str) -> ZoneInfo:
    """The zone, for telling the time to people; UTC where this machine does not know it (any more)."""
    try:
        return ZoneInfo(name)
    except (LookupError, ValueError, OSError):  # OSError: "Europe" is a directory of that database
        return ZoneInfo("UTC")
