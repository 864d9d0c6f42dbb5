"""Which columns of a CSV file hold what: by their headers, by what stands in them, or by name."""

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from core.errors import BadInput
from core.intake.history_dates import Order, looks_like_a_date, order_of
from core.intake.history_words import Became, flag_of, folded, status_of

#: Headers that mean a column, folded to small letters and digits, most telling first.
HEADERS: Mapping[str, Sequence[str]] = {
    "email": (
        *("email", "emailaddress", "recipientemail", "contactemail", "toemail", "leademail", "prospectemail"),
        *("primaryemail", "workemail", "subscriberemail", "recipient", "mail", "to"),
    ),
    "linkedin": (
        *("linkedin", "linkedinurl", "linkedinprofile", "linkedinprofileurl", "personlinkedinurl", "linkedinlink"),
        *("personlinkedin", "contactlinkedinurl", "leadlinkedinurl", "profileurl"),
    ),
    "date": (
        *("sentat", "senton", "datesent", "sentdate", "senttime", "emailsentat", "emailsentdate", "lastemailsentat"),
        *("lastemailsentdate", "lastemailsent", "lastsentat", "contactedat", "lastcontactedat", "lastcontacted"),
        *("lastcontacteddate", "lastcontactdate", "lastcontact", "timestamplastcontact", "sendtime", "senddate"),
        *("deliveredat", "date", "timestamp", "time"),
    ),
}
#: Of words that are not known, so many are named.
MOST_WORDS = 10
#: Columns that say what became of a mail, whatever stands in them; and those that do only if their words are known:
#: "State" is where a Californian lives, "Email Status" that an address was verified.
SAYS_STATUS = ("status", "outcome", "leadstatus", "sequencestate", "sequencestatus", "campaignstatus", "laststate")
MAY_SAY_STATUS = (
    *("state", "stage", "result", "emailstatus", "leadstate", "contactstage", "lifecyclestage", "label", "category"),
    *("leadcategory", "inboxcategory", "event", "lastevent", "eventtype", "type", "activity", "contactstatus"),
    *("prospectstatus", "emailstate", "mailstatus", "lastactivity", "action"),
)
DELIMITERS = ",;\t|"


@dataclass(frozen=True)
class Reading:
    """What whoever imports has said of the file: columns by role, columns to leave alone, words, how dates are."""

    timezone: str
    named: Mapping[str, str | None] = field(default_factory=dict)
    ignored: Sequence[str] = ()
    words: Mapping[str, Became] = field(default_factory=dict)
    #: What became of every line that says nothing itself.
    every: Became = Became.SENT
    date_format: str | None = None
    order: Order | None = None


@dataclass(frozen=True)
class Flag:
    """A column of yes and no. `any_text`: it holds a reason or a time, and whatever stands there says yes."""

    place: int
    became: Became
    any_text: bool


@dataclass(frozen=True)
class Columns:
    """The position of each column that the file has."""

    email: int | None
    linkedin: int | None
    date: int | None
    statuses: tuple[int, ...]
    flags: tuple[Flag, ...]
    order: Order | None


def delimiter_of(lines: Sequence[str]) -> str:
    """What separates the fields of a header: whatever makes the most columns of it."""
    return max(DELIMITERS, key=lambda mark: len(next(csv.reader(lines, delimiter=mark))))


def find_columns(header: Sequence[str], rows: Iterable[Sequence[str]], reading: Reading) -> Columns:
    """The columns by the names given, and else by their headers and their cells; all of the rows are looked at.

    Raises `BadInput` that lists what there is.
    """
    off = {_named(header, name) for name in reading.ignored}
    found = {role: _find(header, role, reading.named.get(role), off) for role in HEADERS}
    status = reading.named.get("status")
    sure = [_named(header, status)] if status else _places(header, SAYS_STATUS, off)
    maybe = [] if status else _places(header, MAY_SAY_STATUS, off)
    taken = {*found.values(), *sure} | off
    flags = [(place, became) for place, name in enumerate(header) if (became := flag_of(name)) and place not in taken]
    seen = _Seen(reading)
    for row in rows:
        for place in maybe:
            seen.status(place, row)
        if found["date"] is None:
            for place, became in flags:
                if became == Became.SENT:
                    seen.date(place, row)
        else:
            seen.date(found["date"], row)
    date = found["date"] if found["date"] is not None else seen.only_dates()
    statuses = [*sure, *(place for place in maybe if seen.says_status(place, header[place]))]
    columns = Columns(
        found["email"],
        found["linkedin"],
        date,
        tuple(sorted(statuses)),
        tuple(Flag(place, became, _any_text(header[place])) for place, became in flags if place != date),
        reading.order or seen.orders.get(date),
    )
    _refuse_what_says_too_little(header, columns, reading)
    return columns


def _refuse_what_says_too_little(header: Sequence[str], columns: Columns, reading: Reading) -> None:
    there = ", ".join(repr(name) for name in header)
    if columns.email is None and columns.linkedin is None:
        raise BadInput(f"No column has email addresses: name it with --email-column. The columns are: {there}.")
    opted_out = reading.every == Became.OPTED_OUT or any(flag.became == Became.OPTED_OUT for flag in columns.flags)
    if columns.date is None and not columns.statuses and not opted_out:
        raise BadInput(
            "No column says when they were contacted: name it with --date-column; for a list of people who opted out, "
            f"add --status unsubscribed. The columns are: {there}."
        )


class _Seen:
    """What stands in the columns of which the header does not tell enough."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._known: set[int] = set()
        self._unknown: dict[int, list[str]] = {}
        self._dates: dict[int, list[bool]] = {}
        self._told: dict[int, set[Order]] = {}

    def status(self, place: int, row: Sequence[str]) -> None:
        said = row[place].strip() if place < len(row) else ""
        if said and status_of(said, self._reading.words) is None:
            words = self._unknown.setdefault(place, [])
            if said not in words and len(words) < MOST_WORDS:
                words.append(said)
        elif said:
            self._known.add(place)

    def date(self, place: int, row: Sequence[str]) -> None:
        said = row[place].strip() if place < len(row) else ""
        if said:
            self._dates.setdefault(place, []).append(looks_like_a_date(said))
            if order := order_of(said):
                self._told.setdefault(place, set()).add(order)

    def says_status(self, place: int, name: str) -> bool:
        """Whether this column says what became of mail. Raises `BadInput` where only some of its words do."""
        if place in self._known and place in self._unknown:
            words = [word[:40] for word in self._unknown[place]]
            raise BadInput(
                f"The column {name!r} may have the status of each mail, but {', '.join(map(ascii, words))} "
                f"{'is' if len(words) == 1 else 'are'} not known: say what each means "
                f'(--status-map "{words[0]}=sent"), or leave the column out (--ignore-column {name!r}).'
            )
        return place in self._known

    def only_dates(self) -> int | None:
        return next((place for place, dates in self._dates.items() if all(dates)), None)

    @property
    def orders(self) -> Mapping[int | None, Order]:
        """What comes first in the dates of a column, where one of them tells and none disagrees."""
        return {place: next(iter(told)) for place, told in self._told.items() if len(told) == 1}


def _find(header: Sequence[str], role: str, named: str | None, off: set[int]) -> int | None:
    if named is not None:
        return _named(header, named)
    for wanted in HEADERS[role]:
        fits = _places(header, (wanted,), off)
        if len(fits) > 1:
            raise BadInput(f"More than one column is named {header[fits[0]]!r}: name one with --{role}-column.")
        if fits:
            return fits[0]
    return None


def _places(header: Sequence[str], wanted: Sequence[str], off: set[int]) -> list[int]:
    return [place for place, name in enumerate(header) if folded(name) in wanted and place not in off]


def _named(header: Sequence[str], named: str) -> int:
    """The place of a column by its name, or by its number from 1 (#3)."""
    if named.startswith("#") and named[1:].isdecimal() and 1 <= int(named[1:]) <= len(header):
        return int(named[1:]) - 1
    fits = [place for place, name in enumerate(header) if name.strip() == named.strip()] or [
        place for place, name in enumerate(header) if folded(name) and folded(name) == folded(named)
    ]
    if len(fits) != 1:
        there = ", ".join(repr(name) for name in header)
        which = "More than one column is" if fits else "There is no column"
        raise BadInput(f"{which} named {named!r}. The columns are: {there}.")
    return fits[0]


def _any_text(header: str) -> bool:
    """Whether this is a column of times or reasons (which also end with `on`)."""
    return folded(header).endswith(("at", "on", "time", "date", "timestamp")) or "last" in folded(header)
