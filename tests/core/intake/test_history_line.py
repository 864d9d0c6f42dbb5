"""One line of an imported history: who, when, what became of it; and why one is not taken."""

import hashlib
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

import pytest

from core.intake.history_columns import Reading
from core.intake.history_file import HistoryFile
from core.intake.history_line import CELL_LIMIT, NotSent, Written, read_line
from core.intake.history_words import Became
from core.taxonomy import HistoryStatus as H

NOW = datetime(2026, 11, 30, 12, 0, tzinfo=UTC)
HEADER = "Email,LinkedIn,Date,Status"
EVENING = "2026-01-05T23:59:59+00:00"
DANA = "https://www.linkedin.com/in/Dana/"


def read(header: str, row: str, **reading: Any) -> Written | NotSent:
    """A file of one line, read."""
    file = HistoryFile(BytesIO(f"{header}\n{row}\n".encode()), Reading("UTC", **reading))
    [(number, cells)] = file.rows()
    return read_line(file, number, cells, NOW)


def refusal(header: str, row: str, **reading: Any) -> str:
    with pytest.raises(ValueError) as caught:
        read(header, row, **reading)
    return str(caught.value)


def key(*parts: str) -> str:
    """By what a line is known. What was imported by an older Signoff has to be known by it for ever."""
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def written(email: str | None, linkedin: str | None, at: str | None, status: H, **more: Any) -> Written:
    known_by = more.pop("key")
    opted_out = more.pop("opted_out", False)
    moment = datetime.fromisoformat(at) if at else None
    return Written(2, key(*known_by), email, linkedin, moment, status, opted_out, **more)


A_DAY = ("a@example.org", "", "2026-01-05")
READ = [
    ("A@Example.org,,2026-01-05,", written("a@example.org", None, EVENING, H.SENT, key=A_DAY)),
    ("Dana <a@example.org> , ,2026-01-05, sent ", written("a@example.org", None, EVENING, H.SENT, key=A_DAY)),
    ("a@example.org,,2026-01-05,hard bounce", written("a@example.org", None, EVENING, H.BOUNCED, key=A_DAY)),
    ("a@example.org,,2026-01-05,Replied", written("a@example.org", None, EVENING, H.REPLIED, key=A_DAY)),
    ("a@example.org,,2026-01-05,Paused", written("a@example.org", None, EVENING, H.SENT, key=A_DAY)),
    ("a@example.org,,2026-01-05", written("a@example.org", None, EVENING, H.SENT, key=A_DAY)),
    ("a@example.org,,2026-01-05,sent,, ", written("a@example.org", None, EVENING, H.SENT, key=A_DAY)),
    (
        "a@example.org,,2026-01-05T10:00:00+02:00,",
        written(
            *("a@example.org", None, "2026-01-05T08:00:00+00:00", H.SENT),
            key=("a@example.org", "", "2026-01-05T08:00:00+00:00"),
        ),
    ),
    (f",{DANA},2026-01-05,", written(None, DANA, EVENING, H.SENT, key=("", "in/dana", "2026-01-05"))),
    (
        f"a@example.org,{DANA},2026-01-05,",
        written("a@example.org", DANA, EVENING, H.SENT, key=("a@example.org", "in/dana", "2026-01-05")),
    ),
    (
        "a@example.org,https://www.linkedin.com/company/acme,2026-01-05,",
        written("a@example.org", None, EVENING, H.SENT, key=A_DAY, left_out=True),
    ),
    (
        "a@example.org,,2026-11-30T12:00:00Z,",
        written(
            *("a@example.org", None, "2026-11-30T12:00:00+00:00", H.SENT),
            key=("a@example.org", "", "2026-11-30T12:00:00+00:00"),
        ),
    ),
    (
        "a@example.org,,2026-11-30,",
        written(*("a@example.org", None, "2026-11-30T12:00:00+00:00", H.SENT), key=("a@example.org", "", "2026-11-30")),
    ),
    # who opted out is kept from all mail also where the moment is missing or unreadable
    ("a@example.org,,2026-01-05,unsub", written("a@example.org", None, EVENING, H.SENT, key=A_DAY, opted_out=True)),
    *[
        (
            f"a@example.org,,{date},unsub",
            written("a@example.org", None, None, H.SENT, key=("a@example.org", "", ""), opted_out=True),
        )
        for date in ("", "soon", "2026-12-01")
    ],
    # nobody was written to
    ("a@example.org,,2026-01-05,Not yet contacted", NotSent("notyetcontacted")),
    ("a@example.org,,,Paused", NotSent("paused")),
    ("nobody,,never,skipped", NotSent("skipped")),
]


@pytest.mark.parametrize(("row", "means"), READ)
def test_a_line_says_who_when_and_what_became_of_it(row: str, means: Written | NotSent) -> None:
    assert read(HEADER, row) == means


def became(header: str, row: str, **reading: Any) -> str:
    line = read(header, row, **reading)
    if isinstance(line, NotSent):
        return f"not sent: {line.word}"
    return "opted out" if line.opted_out else str(line.status)


BECAME: list[tuple[str, str, dict[str, Any], str]] = [
    # of several the gravest counts
    ("Email,Date,Replied,Bounced,Unsubscribed,Status", "1,1,1,Replied", {}, "opted out"),
    ("Email,Date,Replied,Bounced,Unsubscribed,Status", "1,1,0,Replied", {}, "bounced"),
    ("Email,Date,Replied,Bounced,Unsubscribed,Status", "1,0,0,Sent", {}, "replied"),
    ("Email,Date,Replied,Bounced,Unsubscribed,Status", "0,0,0,Sent", {}, "sent"),
    ("Email,Date,Replied,Bounced,Unsubscribed,Status", "0,0,1,Not yet contacted", {}, "opted out"),
    ("Email,Date,Replied,Bounced,Unsubscribed,Status", "0,0,0,Not yet contacted", {}, "not sent: notyetcontacted"),
    ("Email,Date,Replied,Bounced,Unsubscribed,Status", "0,0,0,Unsubscribed", {}, "opted out"),
    ("Email,Date,Replied,Bounced", "0,1", {}, "bounced"),
    ("Email,Date,Replied,Bounced", "n/a,TRUE", {}, "bounced"),
    ("Email,Date,Replied at", "2026-01-06", {}, "replied"),
    ("Email,Date,Bounce reason", "No such user.", {}, "bounced"),
    ("Email,Date,Status,Outcome", ",Replied", {}, "replied"),
    ("Email,Date,Status,Outcome", ",skipped", {}, "not sent: skipped"),
    ("Email,Date,Status,Outcome", "skipped,failed", {}, "not sent: skipped"),
    # what counts as never sent, but for a date that says otherwise
    ("Email,Date,emailsSent", "0", {}, "sent"),
    ("Email,Date,emailsSent", "2", {}, "sent"),
    ("Email,Date,emailsSent", "", {}, "sent"),
    ("Email,Date,Replied,Status", "0,", {}, "sent"),
    # words and options of whoever imports
    ("Email,Date,Status", "Cold", {"words": {"cold": Became.BOUNCED}}, "bounced"),
    ("Email,Date,Replied", "warm", {"words": {"warm": Became.REPLIED}}, "replied"),
    ("Email,Date,Status", "", {"every": Became.REPLIED}, "replied"),
    ("Email,Date,Status", "sent", {"every": Became.REPLIED}, "sent"),
    ("Email,Date,Status", "", {"every": Became.OPTED_OUT}, "opted out"),
    ("Email,Date,Status", "", {"every": Became.NOT_SENT}, "not sent: not sent"),
    ("Email,Date,Unsubscribed", "1", {"ignored": ["unsubscribed"]}, "sent"),
]


@pytest.mark.parametrize(("header", "cells", "reading", "means"), BECAME)
def test_what_became_of_a_mail(header: str, cells: str, reading: dict[str, Any], means: str) -> None:
    assert became(header, f"a@example.org,2026-01-05,{cells}", **reading) == means


@pytest.mark.parametrize(
    ("header", "row", "means"),
    [
        ("Email,Status,emailsSent", "a@example.org,,0", "not sent: not sent"),
        ("Email,Date,emailsSent", "a@example.org,,0", "not sent: not sent"),
        ("Email,Date,Status", "a@example.org,,paused", "not sent: paused"),
    ],
)
def test_without_a_date_nothing_says_that_a_mail_had_left(header: str, row: str, means: str) -> None:
    assert became(header, row) == means


DAY = "2026-01-05"
REFUSED = [
    (HEADER, f"a@example.org,,{DAY},sent,more", "has 5 fields, and the header 4"),
    (HEADER, f"a@example.org,,{DAY},sent,,more", "has 6 fields, and the header 4"),
    (HEADER, f" , ,{DAY},", "has neither an address nor a LinkedIn URL"),
    (HEADER, f"nobody,,{DAY},", "the address is not valid: no @ sign"),
    (HEADER, "a@example.org,,,", "the date is missing"),
    (HEADER, "a@example.org,,2026-11-30T12:00:01Z,", "the date is in the future"),
    (HEADER, "a@example.org,,2026-12-01,", "the date is in the future"),
    (
        HEADER,
        f",{DANA},{DAY},unsubscribed",
        "they opted out, but the line has no address to suppress",
    ),
    (
        HEADER,
        f",https://example.org/dana,{DAY},",
        "the LinkedIn URL is not a person's profile, such as https://www.linkedin.com/in/name",
    ),
    (
        HEADER,
        f"a@example.org,,{DAY},exploded",
        "the status 'exploded' is not known; say what it means, such as --status-map \"exploded=sent\"",
    ),
    (
        HEADER,
        f"a@example.org,,{DAY},{'y' * 40}",
        f"the status '{'y' * 40}' is not known; say what it means, such as --status-map \"{'y' * 40}=sent\"",
    ),
    (
        HEADER,
        f"a@example.org,,{DAY},{'y' * 41}",
        f"the status '{'y' * 40}\\u2026' is not known; say what it means, such as --status-map \"{'y' * 40}=sent\"",
    ),
    (
        "Email,Date,Unsubscribed",
        f"a@example.org,{DAY},maybe",
        "'maybe' in the column 'Unsubscribed' is neither yes nor no",
    ),
    ("Email,Status", "a@example.org,Paused", "the date is missing"),
]


@pytest.mark.parametrize(("header", "row", "reason"), REFUSED)
def test_a_line_that_cannot_be_taken_says_why(header: str, row: str, reason: str) -> None:
    assert refusal(header, row) == reason


def test_a_longer_cell_than_any_has_lost_its_end() -> None:
    assert read("Email,Date,Notes", f"a@example.org,{DAY},{'x' * CELL_LIMIT}")
    told = refusal("Email,Date,Notes", f"a@example.org,{DAY},{'x' * (CELL_LIMIT + 1)}")
    assert told == "has a cell of 100,001 characters; at most 100,000 are allowed"


def test_dates_are_read_as_the_file_has_them() -> None:
    """In its zone, its format, and the order that its columns tell."""

    def moment(date: str, zone: str = "UTC", **reading: Any) -> str:
        raw = f"Email,Date\na@example.org,{date}\n"
        file = HistoryFile(BytesIO(raw.encode()), Reading(zone, **reading))
        [(number, cells)] = file.rows()
        line = read_line(file, number, cells, NOW)
        assert isinstance(line, Written)
        return str(line.contacted_at)

    assert moment("2026-07-05 10:00", "America/New_York") == "2026-07-05 14:00:00+00:00"
    assert moment("2026-07-05", "America/New_York") == "2026-07-06 03:59:59+00:00"
    assert moment("05/01/26", date_format="%d/%m/%y") == "2026-01-05 23:59:59+00:00"
    assert moment("13/04/2026") == "2026-04-13 23:59:59+00:00"
