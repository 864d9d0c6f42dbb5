"""Which columns of a list of mail hold what: by name, by their headers, by what stands in them."""

from collections.abc import Sequence
from typing import Any

import pytest

from core.errors import BadInput
from core.intake.history_columns import MOST_WORDS, Columns, Flag, Reading, delimiter_of, find_columns
from core.intake.history_dates import Order
from core.intake.history_words import Became


def found(header: str, *rows: str, **reading: Any) -> Columns:
    return find_columns(header.split(","), [row.split(",") for row in rows], Reading("UTC", **reading))


def columns(
    email: int | None = 0,
    date: int | None = 1,
    *,
    linkedin: int | None = None,
    statuses: Sequence[int] = (),
    flags: Sequence[Flag] = (),
    order: Order | None = None,
) -> Columns:
    return Columns(email, linkedin, date, tuple(statuses), tuple(flags), order)


def refusal(header: str, *rows: str, **reading: Any) -> str:
    with pytest.raises(BadInput) as caught:
        found(header, *rows, **reading)
    return str(caught.value)


@pytest.mark.parametrize(
    ("lines", "delimiter"),
    [
        (["Email;Name, in full;Date"], ";"),
        (["Email\tDate"], "\t"),
        (["Email|Date"], "|"),
        (['"Name; of\n', 'them; all",Date'], ","),
        (["Email"], ","),
    ],
)
def test_whatever_makes_the_most_columns_separates_them(lines: Sequence[str], delimiter: str) -> None:
    assert delimiter_of(lines) == delimiter


BY_HEADER = [
    ("Email,Date", columns()),
    ("Sent At,E-Mail Address", columns(1, 0)),
    ("Name,Person Linkedin Url,last_contacted", columns(None, 2, linkedin=1)),
    ("To,Date,Email,Sent on", columns(2, 3)),
    ("Email,Date,LinkedIn,Status,Outcome", columns(linkedin=2, statuses=(3, 4))),
    ("Email,Status", columns(date=None, statuses=(1,))),
    ("Email,Opted out", columns(date=None, flags=(Flag(1, Became.OPTED_OUT, any_text=False),))),
    (
        "Replied at,Email,Date,Is bounced,Unsub reason,Last Reply",
        columns(
            1,
            2,
            flags=(
                Flag(0, Became.REPLIED, any_text=True),
                Flag(3, Became.BOUNCED, any_text=False),
                Flag(4, Became.OPTED_OUT, any_text=True),
                Flag(5, Became.REPLIED, any_text=True),
            ),
        ),
    ),
]


@pytest.mark.parametrize(("header", "known"), BY_HEADER)
def test_a_column_is_known_by_its_header(header: str, known: Columns) -> None:
    assert found(header) == known


@pytest.mark.parametrize("ends", ["reason", "at", "on", "time", "date", "timestamp"])
def test_in_a_column_of_times_or_reasons_whatever_stands_there_says_yes(ends: str) -> None:
    assert found(f"Email,Date,Bounce {ends}").flags == (Flag(2, Became.BOUNCED, any_text=True),)
    assert found(f"Email,Date,Unsubscribed {ends}").flags == (Flag(2, Became.OPTED_OUT, any_text=True),)


BY_NAME: list[tuple[str, dict[str, Any], Columns]] = [
    ("Whom,When", {"named": {"email": "Whom", "date": "when"}}, columns()),
    ("Email,Date,To,Time", {"named": {"email": "#3", "date": "#4"}}, columns(2, 3)),
    ("Whom,When", {"named": {"email": "#1", "date": "#2", "linkedin": None}}, columns()),
    ("e-mail,Email,Date", {"named": {"email": " Email"}}, columns(1, 2)),
    ("#1,Name,Date", {"named": {"email": "#2"}}, columns(1, 2)),
    ("Email,Date,Status,What", {"named": {"status": "What"}}, columns(statuses=(3,))),
    ("Email,Date,Bounced", {"named": {"status": "bounced"}}, columns(statuses=(2,))),
    ("Email,Sent at,Date", {"ignored": ["Sent At"]}, columns(0, 2)),
    ("Email,Email,Date", {"ignored": ["#1"]}, columns(1, 2)),
    ("Email,Date,Status,Replied", {"ignored": ["status", "replied"]}, columns()),
    ("Email", {"every": Became.OPTED_OUT}, columns(date=None)),
    ("Email,Date", {"order": Order.MDY}, columns(order=Order.MDY)),
]


@pytest.mark.parametrize(("header", "reading", "known"), BY_NAME)
def test_whoever_imports_may_name_a_column_or_leave_it_out(
    header: str, reading: dict[str, Any], known: Columns
) -> None:
    assert found(header, **reading) == known


SENT = Flag(2, Became.SENT, any_text=False)
BY_CELLS: list[tuple[str, list[str], dict[str, Any], Columns]] = [
    # a column of which the words are known says what became of each mail
    ("Email,Date,State", ["a,,Replied", "b,,sent", "c,", "d"], {}, columns(statuses=(2,))),
    ("Email,Date,State", ["a,,California", "b,,"], {}, columns()),
    ("Email,Date,Stage,Status", ["a,,replied,"], {}, columns(statuses=(2, 3))),
    ("Email,Date,State", ["a,,Cold"], {"words": {"cold": Became.SENT}}, columns(statuses=(2,))),
    ("Email,Date,State", ["a,,Replied"], {"ignored": ["State"]}, columns()),
    ("Email,Date,State,What", ["a,,Replied,"], {"named": {"status": "What"}}, columns(statuses=(3,))),
    # a column of what was sent is the date, where dates stand there and no other column has them
    ("Email,Sent", ["a,2026-01-05", "b,", "c"], {}, columns()),
    ("Email,Date,Sent", ["a,,2026-01-05"], {}, columns(flags=(SENT,))),
    ("Email,Delivered,Sent", ["a,yes,2026-01-05"], {}, columns(0, 2, flags=(Flag(1, Became.SENT, any_text=False),))),
    ("Email,Delivered,Sent", ["a,2026-01-05,1/2/2026"], {}, columns(flags=(SENT,))),
    (
        "Email,Replied,Sent",
        ["a,2026-01-04,2026-01-05"],
        {},
        columns(0, 2, flags=(Flag(1, Became.REPLIED, any_text=False),)),
    ),
    # the dates of a column say what comes first, where one of them tells and none disagrees
    ("Email,Date", ["a,03/04/2026", "b,25/12/2025", "c, ", "d"], {}, columns(order=Order.DMY)),
    ("Email,Date", ["a,12/25/2025", "b,12/26/2025"], {}, columns(order=Order.MDY)),
    ("Email,Date", ["a,12/25/2025", "b,25/12/2025"], {}, columns()),
    ("Email,Date", ["a,03/04/2026"], {}, columns()),
    ("Email,Date", ["a,25/12/2025"], {"order": Order.MDY}, columns(order=Order.MDY)),
    ("Email,Sent", ["a,25/12/2025"], {}, columns(order=Order.DMY)),
    (
        "Email,Unsubscribed,Status",
        ["a,25/12/2025,"],
        {},
        columns(date=None, statuses=(2,), flags=(Flag(1, Became.OPTED_OUT, any_text=False),)),
    ),
]


@pytest.mark.parametrize(("header", "rows", "reading", "known"), BY_CELLS)
def test_a_column_is_known_by_what_stands_in_it(
    header: str, rows: list[str], reading: dict[str, Any], known: Columns
) -> None:
    assert found(header, *rows, **reading) == known


NO_DATE = (
    "No column says when they were contacted: name it with --date-column; for a list of people who opted out, "
    "add --status unsubscribed. The columns are: {there}."
)
ASKED = (
    "The column 'Stage' may have the status of each mail, but {words} not known: say what each means "
    "(--status-map \"{first}=sent\"), or leave the column out (--ignore-column 'Stage')."
)
REFUSED: list[tuple[str, list[str], dict[str, Any], str]] = [
    (
        "Whom,Date",
        [],
        {},
        "No column has email addresses: name it with --email-column. The columns are: 'Whom', 'Date'.",
    ),
    ("Email,Name", [], {}, NO_DATE.format(there="'Email', 'Name'")),
    ("Email,Sent", ["a,2026-01-05", "b,TRUE"], {}, NO_DATE.format(there="'Email', 'Sent'")),
    ("Email,Bounced", ["a,1"], {"every": Became.BOUNCED}, NO_DATE.format(there="'Email', 'Bounced'")),
    ("Email,Unsubscribed", [], {"ignored": ["Unsubscribed"]}, NO_DATE.format(there="'Email', 'Unsubscribed'")),
    ("Date,Email,email", [], {}, "More than one column is named 'Email': name one with --email-column."),
    ("Email,Date,Date", [], {}, "More than one column is named 'Date': name one with --date-column."),
    ("LinkedIn,Linkedin,Date", [], {}, "More than one column is named 'LinkedIn': name one with --linkedin-column."),
    (
        "Email,Date",
        [],
        {"named": {"email": "Mail"}},
        "There is no column named 'Mail'. The columns are: 'Email', 'Date'.",
    ),
    ("Email,Date", [], {"ignored": ["-"]}, "There is no column named '-'. The columns are: 'Email', 'Date'."),
    ("Email,,Date", [], {"ignored": ["-"]}, "There is no column named '-'. The columns are: 'Email', '', 'Date'."),
    ("Email,Date", [], {"named": {"date": "#3"}}, "There is no column named '#3'. The columns are: 'Email', 'Date'."),
    ("Email,Date", [], {"named": {"date": "#0"}}, "There is no column named '#0'. The columns are: 'Email', 'Date'."),
    ("Email,Date", [], {"named": {"date": "#-1"}}, "There is no column named '#-1'. The columns are: 'Email', 'Date'."),
    (
        "Email,email,Date",
        [],
        {"named": {"email": "EMAIL"}},
        "More than one column is named 'EMAIL'. The columns are: 'Email', 'email', 'Date'.",
    ),
    (
        "Email,Date,Stage",
        ["a,,Replied", "b,,Cold", "c,,Cold"],
        {},
        ASKED.format(words="'Cold' is", first="Cold"),
    ),
    (
        "Email,Date,Stage",
        [f"a,,{'x' * 41}", "b,,Wärm", "c,,Sent"],
        {},
        ASKED.format(words=f"'{'x' * 40}', 'W\\xe4rm' are", first="x" * 40),
    ),
]


@pytest.mark.parametrize(("header", "rows", "reading", "told"), REFUSED)
def test_what_is_not_clear_is_asked_about(header: str, rows: list[str], reading: dict[str, Any], told: str) -> None:
    assert refusal(header, *rows, **reading) == told


def test_of_many_words_that_are_not_known_some_are_named() -> None:
    words = [f"Word {number}" for number in range(MOST_WORDS + 1)]
    told = refusal("Email,Date,Stage", "a,,Sent", *(f"a,,{word}" for word in words))
    assert f"but {', '.join(map(repr, words[:MOST_WORDS]))} are not known" in told
    assert words[MOST_WORDS] not in told
