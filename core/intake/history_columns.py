"""Which columns of a CSV file hold what, and what their values mean."""

import csv
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from email.utils import parsedate_to_datetime
from typing import TypeVar
from zoneinfo import ZoneInfo

from core.errors import BadInput
from core.taxonomy import HistoryStatus

T = TypeVar("T")

#: Headers that mean a column, folded to small letters and digits, most telling first.
HEADERS: Mapping[str, Sequence[str]] = {
    "email": ("email", "emailaddress", "recipientemail", "contactemail", "toemail", "leademail", "recipient", "to"),
    "linkedin": ("linkedin", "linkedinurl", "linkedinprofile", "linkedinprofileurl", "profileurl"),
    "date": (
        *("sentat", "senton", "datesent", "sentdate", "contactedat", "lastcontactedat", "lastcontacted", "sendtime"),
        *("date", "timestamp", "time"),
    ),
    "status": ("status", "outcome", "result", "state"),
}
DELIMITERS = ",;\t|"
#: What else is nobody's ambiguity: the month is a word.
SPELLED_OUT = ("%d %b %Y", "%d %B %Y", "%b %d, %Y", "%B %d, %Y", "%d-%b-%Y")

_STATUSES: Mapping[HistoryStatus, str] = {
    HistoryStatus.SENT: "sent delivered opened open clicked click completed done contacted "
    "unsubscribed optedout optout complained spam",
    HistoryStatus.BOUNCED: "bounced bounce hardbounce softbounce hardbounced softbounced",
    HistoryStatus.REPLIED: "replied reply responded answered interested notinterested",
}
STATUSES = {word: status for status, words in _STATUSES.items() for word in words.split()}
#: They were written to, and must not be again, ever.
OPTED_OUT = frozenset({"unsubscribed", "optedout", "optout", "complained", "spam"})
#: Nobody was written to: such a line is passed over.
_NOT_SENT = """
    failed error skipped skip queued pending scheduled draft drafted cancelled canceled paused rejected new
"""
NOT_SENT = frozenset(_NOT_SENT.split())


@dataclass(frozen=True)
class Columns:
    """The position of each column that the file has."""

    email: int | None
    linkedin: int | None
    date: int
    status: int | None


def folded(text: str) -> str:
    """A header or a status as it is compared: "Sent At" and "sent_at" are the same."""
    return re.sub(r"[^a-z0-9]", "", text.casefold())


def delimiter_of(line: str) -> str:
    """What separates the fields of a header line: whatever makes the most columns of it."""
    return max(DELIMITERS, key=lambda mark: len(next(csv.reader([line], delimiter=mark), [])))


def find_columns(header: Sequence[str], named: Mapping[str, str | None]) -> Columns:
    """The columns by the names given, and else by their headers. Raises `BadInput` that lists what there is."""
    found = {role: _find(header, role, named.get(role)) for role in HEADERS}
    there = ", ".join(repr(name) for name in header)
    if found["email"] is None and found["linkedin"] is None:
        raise BadInput(f"No column says who was written to: name it with --email-column. There are: {there}.")
    if found["date"] is None:
        raise BadInput(f"No column says when they were written to: name it with --date-column. There are: {there}.")
    return Columns(found["email"], found["linkedin"], found["date"], found["status"])


def _find(header: Sequence[str], role: str, named: str | None) -> int | None:
    names = [folded(name) for name in header]
    if named is not None:
        fits = [place for place, name in enumerate(header) if name.strip() == named.strip()] or [
            place for place, name in enumerate(names) if name == folded(named)
        ]
        if len(fits) != 1:
            there = ", ".join(repr(name) for name in header)
            which = "More than one column is" if fits else "There is no column"
            raise BadInput(f"{which} named {named!r}. There are: {there}.")
        return fits[0]
    for wanted in HEADERS[role]:
        fits = [place for place, name in enumerate(names) if name == wanted]
        if len(fits) > 1:
            raise BadInput(f"More than one column is named {header[fits[0]]!r}: name one with --{role}-column.")
        if fits:
            return fits[0]
    return None


def moment_of(text: str, zone: ZoneInfo, date_format: str | None) -> datetime | date:
    """When somebody was written to; a `date` where no time is given. Raises `ValueError` that says how to write it.

    ISO 8601, the form of mail headers (RFC 5322), and months as words are understood. 03/04/2026 could be two days, and
    needs `date_format`.
    """
    read = _with_format(text, date_format) if date_format else _understood(text)
    if read is not None and not 1990 <= read.year <= 2199:
        raise ValueError("the date is none on which anybody wrote an email")
    if read is None:
        how = f"does not look like {date_format}" if date_format else "is not ISO (2026-11-20, or 2026-11-20 14:05)"
        remedy = "" if date_format else "; say how dates are written, such as --date-format %d/%m/%Y"
        raise ValueError(f"the date {how}{remedy}")
    if not isinstance(read, datetime):
        return read
    return read if read.tzinfo else read.replace(tzinfo=zone)


def check_format(date_format: str) -> None:
    """Raise `BadInput` for a format that no date could be read with."""
    now = datetime(2026, 11, 20, 14, 5, tzinfo=UTC)
    try:
        read = datetime.strptime(now.strftime(date_format), date_format)  # noqa: DTZ007  only its day is looked at
    except ValueError:
        read = None
    if read is None or read.date() != now.date():
        raise BadInput(f"--date-format {date_format!r} does not say year, month and day; write one such as %d/%m/%Y.")


def _with_format(text: str, date_format: str) -> datetime | date | None:
    try:
        read = datetime.strptime(text, date_format)  # noqa: DTZ007  the zone is added by the caller
    except ValueError:
        return None
    return read if re.search(r"%[HIcX]", date_format) else read.date()


def _understood(text: str) -> datetime | date | None:
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
        return _or_none(date.fromisoformat, text)
    if re.match(r"\d{4}-\d{2}-\d{2}[T ]\d", text):
        return _or_none(datetime.fromisoformat, re.sub(r" ?UTC$", "+00:00", text))
    for spelled in SPELLED_OUT:
        if read := _with_format(text, spelled):
            return read
    return _or_none(parsedate_to_datetime, text) if re.match(r"(\w{3}, )?\d{1,2} \w{3} \d{4} \d", text) else None


def _or_none(read: Callable[[str], T], text: str) -> T | None:
    try:
        return read(text)
    except (ValueError, OverflowError):
        return None


def latest(moment: datetime | date, zone: ZoneInfo, now: datetime) -> datetime:
    """A day without a time counts as its end, so that sixty days are never cut short; today's, as now."""
    if isinstance(moment, datetime):
        return moment.astimezone(UTC)
    return min(datetime.combine(moment, time(23, 59, 59), zone).astimezone(UTC), max(now, _begin(moment, zone)))


def _begin(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(0), zone).astimezone(UTC)
