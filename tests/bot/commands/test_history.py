"""`signoff history import`: whoever was written to before Signoff is not written to again."""

import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from io import BytesIO, TextIOWrapper
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot.cli import run
from tests.fixtures.domain import Domain

pytestmark = [pytest.mark.usefixtures("domain"), pytest.mark.slow]

Told = pytest.CaptureFixture[str]
Write = Callable[..., str]

YESTERDAY = datetime.now(UTC).replace(microsecond=0) - timedelta(days=1)
LONG_AGO = YESTERDAY - timedelta(days=90)


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes a file; gives its path."""

    def write(*lines: str, encoding: str = "utf-8", name: str = "sent.csv", end: str = "\n") -> str:
        file = tmp_path / name
        file.write_bytes(end.join([*lines, ""]).encode(encoding))
        return str(file)

    return write


def history(domain: Domain) -> list[tuple[Any, ...]]:
    return domain.rows("SELECT email_folded, linkedin_folded, status, contacted_at FROM outreach_history ORDER BY id")


def imported(file: str, *options: str) -> int:
    return run(["history", "import", file, "--apply", *options])


def test_without_apply_it_says_what_would_be_and_keeps_nothing(domain: Domain, write: Write, capsys: Told) -> None:
    file = write("Email,Sent at", f"dana1@example.org,{YESTERDAY.isoformat()}")
    assert run(["history", "import", file]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "Columns: address in 'Email', date in 'Sent at', every line counts as sent.",
        f"  line 2: dana1@example.org: sent, {YESTERDAY.astimezone(ZoneInfo('Europe/London')):%d %b %Y %H:%M}",
        "Dry run, nothing was imported: 1 new, 0 already known, 0 refused. Run it again with --apply to import.",
    ]
    assert history(domain) == []
    assert domain.events() == []


def test_whoever_is_in_it_is_not_written_to(domain: Domain, write: Write) -> None:
    first, second = domain.ingest(), domain.ingest()
    for draft in (first, second):
        domain.approve(draft)
    file = write("Email,Sent at", f"DANA1@Example.org,{YESTERDAY.isoformat()}", f"dana2@example.org,{LONG_AGO.date()}")
    assert imported(file) == 0
    claimed = domain.claim()
    assert claimed.draft_id == second
    assert domain.try_claim() is None
    assert "sixty days" in (domain.view(first).reason or "")


def test_the_same_file_again_changes_nothing(domain: Domain, write: Write, capsys: Told) -> None:
    file = write("Email,Sent at", f"dana1@example.org,{YESTERDAY.isoformat()}", "dana2@example.org,2026-01-05")
    imported(file)
    before = history(domain)
    events = domain.events()
    capsys.readouterr()
    assert imported(file) == 0
    assert "Imported: 0 new, 2 already known, 0 refused." in capsys.readouterr().out
    assert history(domain) == before
    assert domain.events() == events


def test_an_export_with_news_brings_only_the_news(domain: Domain, write: Write, capsys: Told) -> None:
    """The same mail has bounced or been answered since; and no later export takes that back."""
    domain.ingest()
    domain.ingest()
    sent = ["Email,Date,Status", "dana1@example.org,2026-01-05,Delivered", "dana2@example.org,2026-01-05,sent"]
    newer = ["Email,Date,Status", "dana1@example.org,2026-01-05,Replied", "dana2@example.org,2026-01-05,hard bounce"]
    imported(write(*sent))
    assert imported(write(*newer)) == 0
    assert "0 new, 0 already known, 2 updated (bounced or replied since)" in capsys.readouterr().out
    imported(write(*sent))
    assert [row[2] for row in history(domain)] == ["replied", "bounced"]
    assert domain.rows("SELECT status FROM contacts ORDER BY email") == [("replied",), ("available",)]


def test_what_was_never_sent_is_passed_over_and_counted(domain: Domain, write: Write, capsys: Told) -> None:
    """Theirs ignored its own filter, and took what had been skipped for sent (004.14)."""
    rows = [
        f"dana{n}@example.org,2026-01-05,{status}" for n, status in enumerate(["Skipped", "failed", "failed", "sent"])
    ]
    assert imported(write("Email,Date,Status", *rows)) == 0
    assert "1 new, 0 already known, 3 never sent (2 failed, 1 skipped), 0 refused" in capsys.readouterr().out
    assert [row[0] for row in history(domain)] == ["dana3@example.org"]


def test_whoever_had_opted_out_is_suppressed(domain: Domain, write: Write, capsys: Told) -> None:
    draft = domain.ingest()
    domain.approve(draft)
    imported(write("Email,Date,Status", "dana1@example.org,2020-01-05,Unsubscribed"))
    assert ": 1 new, 0 already known, 1 put on the suppression list, 0 refused." in capsys.readouterr().out
    assert domain.try_claim() is None
    assert domain.statuses(draft) == ("manual_review", ["skipped"])


REFUSED = [
    ("nobody,2026-01-05,", "the address is not valid: "),
    (",2026-01-05,", "has neither an address nor a LinkedIn URL"),
    ("dana@example.org,,", "the date is missing"),
    ("dana@example.org,03/04/2026,", "the date is ambiguous: add --dates dmy"),
    ("dana@example.org,2026-02-30,", "the date is not ISO"),
    ("dana@example.org,2999-01-01,", "no email can have been sent"),
    ("dana@example.org,2190-01-01,", "the date is in the future"),
    ("dana@example.org,2026-01-05,exploded", "the status 'exploded' is not known"),
    ("dana@example.org,2026-01-05,sent,more", "has 4 fields, and the header 3"),
]


def test_each_line_that_cannot_be_taken_is_named_with_its_reason(domain: Domain, write: Write, capsys: Told) -> None:
    file = write("Email,Date,Status", "first@example.org,2026-01-05,", *[line for line, _ in REFUSED])
    assert imported(file) == 1
    told = capsys.readouterr()
    lines = told.err.splitlines()
    assert len(lines) == len(REFUSED)
    for number, (line, (_, reason)) in enumerate(zip(lines, REFUSED, strict=True), start=3):
        assert line.startswith(f"line {number}: {reason}")
    assert f"Imported: 1 new, 0 already known, {len(REFUSED)} refused." in told.out
    assert len(history(domain)) == 1


@pytest.mark.parametrize(
    ("date", "options", "moment"),
    [
        ("2026-07-05 10:00", [], "2026-07-05T09:00:00+00:00"),  # the workspace's summer
        ("2026-07-05 10:00", ["--timezone", "America/New_York"], "2026-07-05T14:00:00+00:00"),
        ("01/05/26 10:30 PM", ["--date-format", "%m/%d/%y %I:%M %p"], "2026-01-05T22:30:00+00:00"),
    ],
)
def test_dates_are_understood(domain: Domain, write: Write, date: str, options: list[str], moment: str) -> None:
    assert imported(write("Email,Date", f"dana@example.org,{date}"), *options) == 0
    assert history(domain)[0][3].astimezone(UTC).isoformat() == moment


def test_another_encoding_is_named(domain: Domain, write: Write, capsys: Told) -> None:
    file = write("Email,Date,Name", "dana@example.org,2026-01-05,Müller", encoding="cp1252")
    assert imported(file) == 1
    assert "name it, such as --encoding cp1252" in capsys.readouterr().err
    assert imported(file, "--encoding", "cp1252") == 0
    assert len(history(domain)) == 1


def test_columns_are_named_where_their_headers_say_nothing(domain: Domain, write: Write, capsys: Told) -> None:
    file = write("Whom,When,What", "dana@example.org,2026-01-05,bounced")
    assert imported(file) == 1
    assert "No column has email addresses: name it with --email-column. The columns are: 'Whom', 'When', 'What'." in (
        capsys.readouterr().err
    )
    assert imported(file, "--email-column", "Whom", "--date-column", "when", "--status-column", "What") == 0
    assert history(domain)[0][:3] == ("dana@example.org", None, "bounced")


@pytest.mark.parametrize(
    ("lines", "options", "told"),
    [
        ([""], [], "The file is empty"),
        (["Email,Name", "a@example.org,A"], [], "name it with --date-column"),
        (["Email,Email,Date", ",,"], [], "More than one column is named 'Email': name one with --email-column."),
        (["Email,Date"], ["--email-column", "Mail"], "There is no column named 'Mail'."),
        (["Email,Date"], ["--date-format", "%H:%M"], "does not say year, month and day"),
        (["Email,Date"], ["--timezone", "Mars"], "'Mars' is not a time zone"),
        (["Email,Date"], ["--encoding", "klingon"], "There is no encoding 'klingon'"),
    ],
)
def test_a_file_that_cannot_be_read_is_one_line(
    write: Write, lines: list[str], options: list[str], told: str, capsys: Told
) -> None:
    assert imported(write(*lines), *options) == 1
    err = capsys.readouterr().err
    assert told in err
    assert err.count("\n") == 1


def test_it_reads_from_standard_input(domain: Domain, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", TextIOWrapper(BytesIO(b"Email,Date\na@example.org,2026-01-05\n")))
    assert imported("-") == 0
    assert len(history(domain)) == 1


def suppressed(domain: Domain) -> list[str]:
    return [value for (value,) in domain.rows("SELECT value_folded FROM suppressions ORDER BY 1")]


def test_who_opted_out_is_counted_once_each_and_not_again(domain: Domain, write: Write, capsys: Told) -> None:
    people = [f"dana{number}@example.org,2026-01-05,Unsubscribed" for number in range(3)]
    file = write("Email,Date,Status", *people, "ops@example.org,2026-01-06,complained")
    imported(file)
    assert ": 4 new, 0 already known, 4 put on the suppression list, 0 refused." in capsys.readouterr().out
    imported(file)
    assert ": 0 new, 4 already known, 0 refused." in capsys.readouterr().out


def test_an_opt_out_is_kept_whatever_its_date(domain: Domain, write: Write, capsys: Told) -> None:
    """A list of those who unsubscribed often says no more than that."""
    draft = domain.ingest()
    domain.approve(draft)
    file = write("Email,Unsubscribed,Sent at", "Dana1@example.org,TRUE,", "b@example.org,x,soon", "c@example.org,no,")
    assert imported(file) == 1
    told = capsys.readouterr()
    assert ": 0 new, 0 already known, 2 put on the suppression list, 1 refused." in told.out
    assert told.err == "line 4: the date is missing\n"
    assert suppressed(domain) == ["b@example.org", "dana1@example.org"]
    assert history(domain) == []
    assert domain.try_claim() is None
    imported(file)
    assert ": 0 new, 2 already known, 1 refused." in capsys.readouterr().out


def test_a_bare_list_of_addresses_is_told_what_it_is(domain: Domain, write: Write) -> None:
    file = write("Email,Name", "a@example.org,A", "b@example.org,B")
    assert imported(file) == 1
    assert imported(file, "--status", "unsubscribed") == 0
    assert suppressed(domain) == ["a@example.org", "b@example.org"]


def test_whoever_lives_in_california_was_written_to(domain: Domain, write: Write, capsys: Told) -> None:
    assert imported(write("Email,Sent at,State", "a@example.org,2026-01-05,California")) == 0
    assert "Not used: 'State'" in capsys.readouterr().out
    assert len(history(domain)) == 1


def test_a_column_of_which_some_words_are_known_is_asked_about(domain: Domain, write: Write, capsys: Told) -> None:
    file = write("Email,Last Contacted,Stage", "a@example.org,2026-01-05,Cold", "b@example.org,2026-01-05,Replied")
    assert imported(file) == 1
    assert "'Cold' is not known" in capsys.readouterr().err
    assert history(domain) == []
    assert imported(file, "--ignore-column", "stage") == 0
    assert [row[2] for row in history(domain)] == ["sent", "sent"]
    assert imported(file, "--status-map", "Cold=bounced") == 0
    assert [row[2] for row in history(domain)] == ["bounced", "replied"]


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--status-map", "Cold"], "write a word and what it means"),
        (["--status-map", "Cold=warm"], "'warm' is not known; write not-sent, sent"),
        (["--status", "gone"], "'gone' is not known"),
        (["--dates", "ymd"], "write dmy"),
        (["--ignore-column", "Nope"], "There is no column named 'Nope'"),
    ],
)
def test_an_option_that_says_nothing_is_one_line(write: Write, options: list[str], told: str, capsys: Told) -> None:
    assert imported(write("Email,Date", "a@example.org,2026-01-05"), *options) == 1
    assert told in capsys.readouterr().err


def test_a_column_of_dates_says_by_itself_what_comes_first(domain: Domain, write: Write, capsys: Told) -> None:
    lines = ["a@example.org,03/04/2026", "b@example.org,25/12/2025"]
    assert imported(write("Email,Date", *lines)) == 0
    assert "03/04/2026 is in April" in capsys.readouterr().out
    assert history(domain)[0][3].date().isoformat() == "2026-04-03"
    assert imported(write("Email,Date", "c@example.org,12/25/2025", *lines)) == 1
    assert capsys.readouterr().err.count("the date is ambiguous") == 3


def test_a_company_page_beside_an_address_is_left_out_and_told(domain: Domain, write: Write, capsys: Told) -> None:
    file = write("Email,LinkedIn,Date", "a@example.org,https://www.linkedin.com/company/acme,2026-01-05")
    assert imported(file) == 0
    assert "1 with a LinkedIn URL ignored, as it is not a person's" in capsys.readouterr().out
    assert history(domain)[0][:2] == ("a@example.org", None)
