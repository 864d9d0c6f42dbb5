"""When an account may write: hours, days and public holidays in one time zone, right when the clocks change.

Pure. Every time that comes in or goes out is aware; a `Hours` says what a day looks like where the account lives.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import holidays

from core.time_zones import zone_of

#: How far ahead an open day is looked for: no country closes for longer.
HORIZON_DAYS = 400


@dataclass(frozen=True)
class Hours:
    """Open from `opens` up to, and not at, `closes` on `weekdays` (ISO: Monday is 1), never on a public holiday."""

    timezone: str
    opens: time = time(9)
    closes: time = time(18)
    weekdays: frozenset[int] = frozenset({1, 2, 3, 4, 5})
    #: ISO 3166-1 code, for the public holidays; empty where none are kept.
    country: str | None = None

    @property
    def zone(self) -> ZoneInfo:
        return zone_of(self.timezone)


def local_day(timezone: str, at: datetime) -> date:
    """The day that it is at `at` in that zone: what a daily limit counts by."""
    return at.astimezone(zone_of(timezone)).date()


def start_of_day(timezone: str, day: date) -> datetime:
    """The first moment of a day in that zone, in UTC. Where the clocks skip midnight, the first moment after it."""
    return _moment(day, time(0), zone_of(timezone))


def time_of_day(timezone: str, day: date, at: time) -> datetime:
    """A wall-clock time of a day in that zone, in UTC: every day has each of them once, also when the clocks change."""
    return _moment(day, at, zone_of(timezone))


def is_open(hours: Hours, at: datetime) -> bool:
    """Whether mail may leave at this moment."""
    day = at.astimezone(hours.zone).date()
    return _is_open_day(hours, day) and _opening(hours, day) <= at < _closing(hours, day)


def next_open(hours: Hours, at: datetime) -> datetime | None:
    """The earliest moment from `at` on at which mail may leave; None if there is none for more than a year."""
    day = at.astimezone(hours.zone).date()
    for _ in range(HORIZON_DAYS):
        if _is_open_day(hours, day):
            opening, closing = _opening(hours, day), _closing(hours, day)
            if at < closing:
                return max(at, opening).astimezone(UTC)
        day += timedelta(days=1)
    return None


def _is_open_day(hours: Hours, day: date) -> bool:
    if day.isoweekday() not in hours.weekdays or is_holiday(hours.country, day):
        return False
    return _opening(hours, day) < _closing(hours, day)  # the clocks may skip all of a short day


def is_holiday(country: str | None, day: date) -> bool:
    """Whether it is a public holiday throughout the country."""
    return bool(country) and day in _holidays(country or "", day.year)


@lru_cache(maxsize=512)
def _holidays(country: str, year: int) -> frozenset[date]:
    return frozenset(holidays.country_holidays(country, years=year))


def _opening(hours: Hours, day: date) -> datetime:
    return _moment(day, hours.opens, hours.zone)


def _closing(hours: Hours, day: date) -> datetime:
    if hours.closes == time(0):  # midnight at the end of the day
        return _moment(day + timedelta(days=1), time(0), hours.zone)
    return _moment(day, hours.closes, hours.zone)


def _moment(day: date, at: time, zone: ZoneInfo) -> datetime:
    """A wall-clock time as a moment, in UTC. A time that the clocks skip is the moment they skip to; one that comes
    twice is its first coming (PEP 495: fold 0, and a gap shows as a time that does not survive the round trip)."""
    local = datetime.combine(day, at, tzinfo=zone)
    moment = local.astimezone(UTC)
    if moment.astimezone(zone).replace(tzinfo=None) != local.replace(tzinfo=None):
        # In the gap the two folds give the offsets before and after it: the skip lies where the earlier offset ends.
        after = local.replace(fold=1).astimezone(UTC)
        return _first_with_offset(min(moment, after), max(moment, after), zone)
    return moment


def _first_with_offset(low: datetime, high: datetime, zone: ZoneInfo) -> datetime:
    """The moment between `low` and `high` at which the zone's offset changes, to the second."""
    offset = high.astimezone(zone).utcoffset()
    while high - low > timedelta(seconds=1):
        middle = low + (high - low) / 2
        middle = middle.replace(microsecond=0)
        if middle <= low:
            break
        if middle.astimezone(zone).utcoffset() == offset:
            high = middle
        else:
            low = middle
    return high
