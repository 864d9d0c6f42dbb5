"""Dates as other systems and spreadsheets write them. Pure."""

import re
import unicodedata
from datetime import UTC, date, datetime, time, timedelta, timezone
from enum import StrEnum
from zoneinfo import ZoneInfo

from core.errors import BadInput


class Order(StrEnum):
    """What comes first in 03/04/2026."""

    DMY = "dmy"
    MDY = "mdy"


_MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
#: RFC 5322 §4.3. Other names of zones mean several (CST, IST), and are not guessed.
_ZONES = {"z": 0, "ut": 0, "utc": 0, "gmt": 0, "est": -5, "edt": -4, "cst": -6, "cdt": -5, "mst": -7, "mdt": -6}
_ZONES |= {"pst": -8, "pdt": -7}
_TIME = (
    r"(?:[ t]+(?P<hour>\d{1,2}):(?P<minute>\d\d)(?::(?P<second>\d\d)(?:[.,](?P<fraction>\d+))?)?"
    r" ?(?P<half>[ap]\.?m\.?)?"
    r" ?(?P<zone>(?:utc|gmt)?[+-]\d\d(?::?\d\d)?|[a-z]{1,3})?"
    r"(?: (?:utc|gmt|[a-z]{3,4}|[+-]\d\d(?:\d\d)?|\(.*\)))?)?"
)
_WEEKDAY = re.compile(r"^(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*,? ")
_SHAPES = [
    re.compile(shape + _TIME)
    for shape in (
        r"(?P<year>\d{4})([-/.])(?P<month>\d{1,2})\2(?P<day>\d{1,2})",
        r"(?P<year>(?:19|20|21)\d\d)(?P<month>\d\d)(?P<day>\d\d)",
        r"(?P<day>\d{1,2})[ -]+(?P<name>[a-z]{3,9})\.?[ ,-]+(?P<year>\d{4}|\d\d(?!\d))",
        r"(?P<name>[a-z]{3,9})\.? (?P<day>\d{1,2}),? (?P<year>\d{4})",
    )
]
_NUMERIC = re.compile(r"(?P<first>\d{1,2})([-/.])(?P<other>\d{1,2})\2(?P<year>\d{4}|\d\d)" + _TIME)
#: A serial number of Excel's (days since 1899-12-30), from 1990 to 2199; and seconds, and their parts, since 1970.
_SERIAL = re.compile(r"(?:3[3-9]|[4-9]\d|10\d)\d{3}(?:[.,]\d+)?")
_EPOCH = re.compile(r"(\d{9,10}|\d{12,13}|\d{15,16}|\d{18,19})(?:\.\d+)?")
_EXCEL = datetime(1899, 12, 30)  # noqa: DTZ001  a day of the file's own zone
#: To try a format with: a day of which nothing is what `strptime` takes where a format does not say it.
_SOME_TIME = datetime(2026, 11, 20, 14, 5, tzinfo=UTC)


def moment_of(text: str, zone: ZoneInfo, date_format: str | None, order: Order | None = None) -> datetime | date:
    """When somebody was written to; a `date` where no time is given. Raises `ValueError` that says how to write it.

    03/04/2026 could be two days: without `order` or `date_format` it is neither.
    """
    read = _with_format(text, date_format) if date_format else _understood(text, order)
    if read is not None and not 1990 <= read.year <= 2199:
        raise ValueError("no email can have been sent on this date")
    if read is None and date_format:
        raise ValueError(f"the date does not match {date_format}")
    if read is None and order is None and _NUMERIC.fullmatch(_plain(text)):
        raise ValueError("the date is ambiguous: add --dates dmy (day first) or --dates mdy (month first)")
    if read is None:
        raise ValueError(
            "the date is not ISO (2026-11-20, or 2026-11-20 14:05); give the format, such as --date-format %d/%m/%Y"
        )
    if not isinstance(read, datetime):
        return read
    return read if read.tzinfo else read.replace(tzinfo=zone)


def order_of(text: str) -> Order | None:
    """What comes first in a date, where it tells by itself: 13 is no month."""
    found = _NUMERIC.fullmatch(_plain(text))
    if found is None:
        return None
    first, other = int(found["first"]), int(found["other"])
    return Order.DMY if first > 12 >= other else Order.MDY if other > 12 >= first else None


def looks_like_a_date(text: str) -> bool:
    """Whether this could be one, whichever order it has."""
    return _understood(text, Order.DMY) is not None or _understood(text, Order.MDY) is not None


def check_format(date_format: str) -> None:
    """Raise `BadInput` for a format that no date could be read with."""
    try:
        read = datetime.strptime(_SOME_TIME.strftime(date_format), date_format)  # noqa: DTZ007  only its day counts
    except ValueError:
        read = None
    if read is None or read.date() != _SOME_TIME.date():
        raise BadInput(f"--date-format {date_format!r} does not say year, month and day; write one such as %d/%m/%Y.")


def latest(moment: datetime | date, zone: ZoneInfo, now: datetime) -> datetime:
    """A day without a time counts as its end, so that sixty days are never cut short; today's, as now."""
    if isinstance(moment, datetime):
        return moment.astimezone(UTC)
    begin = datetime.combine(moment, time(0), zone).astimezone(UTC)
    return min(datetime.combine(moment, time(23, 59, 59), zone).astimezone(UTC), max(now, begin))


def _with_format(text: str, date_format: str) -> datetime | date | None:
    try:
        read = datetime.strptime(text, date_format)  # noqa: DTZ007  the zone is added by the caller
    except ValueError:
        return None
    return read if re.search(r"%[HIcX]", date_format) else read.date()


def _plain(text: str) -> str:
    """Small letters and single spaces; without weekdays, "at", ordinals and the comma before a time."""
    text = " ".join(unicodedata.normalize("NFKC", text).casefold().split())
    text = _WEEKDAY.sub("", re.sub(r"(\d)(?:st|nd|rd|th)\b", r"\1", text))
    return re.sub(r",? at (?=\d)|, (?=\d{1,2}:)", " ", text)


def _understood(text: str, order: Order | None) -> datetime | date | None:
    text = _plain(text)
    try:
        if _EPOCH.fullmatch(text):
            whole = text.partition(".")[0]
            return datetime.fromtimestamp(int(whole) / 1000 ** ((len(whole) - 9) // 3), UTC)
        if _SERIAL.fullmatch(text):
            days = float(text.replace(",", "."))
            at = _EXCEL + timedelta(seconds=round(days * 86_400))
            return at.date() if days.is_integer() else at
        for shape in _SHAPES:
            if found := shape.fullmatch(text):
                return _made(found, found["day"], found.groupdict().get("month") or _month(found["name"]))
        found = _NUMERIC.fullmatch(text)
        if found and order:
            day, month = (found["first"], found["other"]) if order == Order.DMY else (found["other"], found["first"])
            return _made(found, day, month)
    except (ValueError, OverflowError, OSError):
        return None
    return None


def _month(name: str) -> int:
    for place, whole in enumerate(_MONTHS, 1):
        if name in (whole, whole[:3]) or (name == "sept" and place == 9):
            return place
    raise ValueError


def _made(found: re.Match[str], day: str, month: str | int) -> datetime | date:
    """Raises `ValueError` where the calendar or the clock has no such moment, or the zone is not known."""
    year = int(found["year"]) + (2000 if len(found["year"]) == 2 else 0)
    read = date(year, int(month), int(day))
    if found["hour"] is None:
        return read
    hour = int(found["hour"])
    if found["half"]:
        if not 1 <= hour <= 12:
            raise ValueError
        hour = hour % 12 + (12 if found["half"].startswith("p") else 0)
    micro = int((found["fraction"] or "0")[:6].ljust(6, "0"))
    at = time(hour, int(found["minute"]), int(found["second"] or 0), micro, _zone(found["zone"]))
    return datetime.combine(read, at)


def _zone(said: str | None) -> timezone | None:
    if not said:
        return None
    if said in _ZONES:
        return timezone(timedelta(hours=_ZONES[said]))
    offset = re.fullmatch(r"(?:utc|gmt)?([+-])(\d\d):?(\d\d)?", said)
    if not offset:
        raise ValueError
    ahead = timedelta(hours=int(offset[2]), minutes=int(offset[3] or 0))
    return timezone(-ahead if offset[1] == "-" else ahead)
