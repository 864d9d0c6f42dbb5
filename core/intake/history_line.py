"""One line of an imported history: who was written to, when, and what became of it. Pure."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from core.intake.history_dates import latest, moment_of
from core.intake.history_file import HistoryFile
from core.intake.history_words import Became, folded, says_yes, status_of
from core.taxonomy import HistoryStatus
from core.text.fields import address, profile_url
from core.text.folding import fold_linkedin_url, fold_text

#: Characters of a cell that a line may have: a longer one is a text that has lost its end.
CELL_LIMIT = 100_000
STATUS = {Became.BOUNCED: HistoryStatus.BOUNCED, Became.REPLIED: HistoryStatus.REPLIED}


@dataclass(frozen=True)
class Written:
    """One line: somebody who was written to; without a moment, somebody who opted out and nobody says when."""

    line: int
    key: str
    email: str | None = field(repr=False)
    linkedin: str | None = field(repr=False)
    contacted_at: datetime | None
    status: HistoryStatus
    opted_out: bool
    #: A LinkedIn URL stood there that is no person's; the address names them.
    left_out: bool = False


@dataclass(frozen=True)
class NotSent:
    """Nobody was written to; the word that says so."""

    word: str


def read_line(file: HistoryFile, number: int, row: Sequence[str], now: datetime) -> Written | NotSent:
    """What this line says. Raises `ValueError` with the reason why it cannot be taken."""
    columns = file.columns
    if any(cell.strip() for cell in row[len(file.header) :]):
        raise ValueError(f"has {len(row)} fields, and the header {len(file.header)}")
    if (longest := max(map(len, row))) > CELL_LIMIT:
        raise ValueError(f"has a cell of {longest:,} characters; at most {CELL_LIMIT:,} are allowed")
    said = _cell(row, columns.date)
    became = _became(file, row)
    # Where a file has no dates at all, none tells whether a mail had left: such a line is refused, and not passed over.
    if became == Became.NOT_SENT or (became == Became.UNSURE and not said and columns.date is not None):
        return NotSent(next((folded(_cell(row, place)) for place in columns.statuses if _cell(row, place)), "not sent"))
    opted_out = became == Became.OPTED_OUT
    email, linkedin = _person(row, columns.email, columns.linkedin, opted_out=opted_out)
    exactly, contacted_at = _moment(file, said, now, opted_out=opted_out)
    page = fold_linkedin_url(linkedin) or ""
    return Written(
        number,
        hashlib.sha256(f"{email}\n{page}\n{exactly}".encode()).hexdigest(),
        email or None,
        linkedin or None,
        contacted_at,
        STATUS.get(became, HistoryStatus.SENT),
        opted_out,
        left_out=not linkedin and bool(_cell(row, columns.linkedin)),
    )


def _became(file: HistoryFile, row: Sequence[str]) -> Became:
    """The gravest of all that the line says. Raises `ValueError` for a word that is not known."""
    return max(_said(file, row), default=file.reading.every)


def _said(file: HistoryFile, row: Sequence[str]) -> Iterator[Became]:
    words = file.reading.words
    for place in file.columns.statuses:
        if not (said := _cell(row, place)):
            continue
        if (became := status_of(said, words)) is None:
            raise ValueError(
                f'the status {_short(said)} is not known; say what it means, such as --status-map "{said[:40]}=sent"'
            )
        yield became
    for flag in file.columns.flags:
        said = _cell(row, flag.place)
        yes = says_yes(said, flag.became, words, any_text=flag.any_text)
        if yes is None:
            raise ValueError(f"{_short(said)} in the column {file.header[flag.place]!r} is neither yes nor no")
        if yes:
            yield flag.became
        elif said and flag.became == Became.SENT:
            yield Became.UNSURE if _cell(row, file.columns.date) else Became.NOT_SENT


def _person(row: Sequence[str], email_place: int | None, page_place: int | None, *, opted_out: bool) -> tuple[str, str]:
    """The folded address and the LinkedIn URL, either of them empty. Raises `ValueError`."""
    email, linkedin = _cell(row, email_place), _cell(row, page_place)
    if not email and not linkedin:
        raise ValueError("has neither an address nor a LinkedIn URL")
    if email:
        try:
            email = fold_text(address(email))
        except ValueError as error:
            raise ValueError(f"the address is not valid: {error}") from None
    if opted_out and not email:
        raise ValueError("they opted out, but the line has no address to suppress")
    if linkedin:
        try:
            linkedin = profile_url(linkedin)
        except ValueError:
            if not email:
                raise ValueError(
                    "the LinkedIn URL is not a person's profile, such as https://www.linkedin.com/in/name"
                ) from None
            linkedin = ""  # the address names them; a company's page names nobody
    return email, linkedin


def _moment(file: HistoryFile, said: str, now: datetime, *, opted_out: bool) -> tuple[str, datetime | None]:
    """The moment as it was written down, and the latest that it can be. Raises `ValueError`.

    Who opted out is kept from all mail also where the moment is missing or unreadable.
    """
    try:
        return _read_moment(file, said, now)
    except ValueError:
        if opted_out:
            return "", None
        raise


def _read_moment(file: HistoryFile, said: str, now: datetime) -> tuple[str, datetime]:
    if not said:
        raise ValueError("the date is missing")
    moment = moment_of(said, file.zone, file.reading.date_format, file.columns.order)
    contacted_at = latest(moment, file.zone, now)
    if contacted_at > now:
        raise ValueError("the date is in the future")
    return (contacted_at if isinstance(moment, datetime) else moment).isoformat(), contacted_at


def _cell(row: Sequence[str], place: int | None) -> str:
    return row[place].strip() if place is not None and place < len(row) else ""


def _short(text: str) -> str:
    return ascii(text if len(text) <= 40 else f"{text[:40]}…")
