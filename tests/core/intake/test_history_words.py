"""What other systems' headers, words, yes and no, and dates mean in an imported history."""

from datetime import UTC, datetime
from io import BytesIO
from zoneinfo import ZoneInfo

import pytest

from core.errors import BadInput
from core.intake.history_columns import Reading
from core.intake.history_dates import Order, moment_of
from core.intake.history_file import HistoryFile
from core.intake.history_line import NotSent, Written, read_line
from core.intake.history_words import Became, flag_of, status_of

NOW = datetime(2026, 11, 30, tzinfo=UTC)


def read(header: str, row: str, **more: object) -> Written | NotSent:
    """A file of one line, read."""
    file = HistoryFile(BytesIO(f"{header}\n{row}\n".encode()), Reading("UTC", **more))  # type: ignore[arg-type]
    [(number, cells)] = file.rows()
    return read_line(file, number, cells, NOW)


def became(read: Written | NotSent) -> str:
    if isinstance(read, NotSent):
        return "not sent"
    return "opted out" if read.opted_out else str(read.status)


STATUSES = [
    ("emailsSent", Became.SENT),
    ("Email sent", Became.SENT),
    ("INPROGRESS", Became.SENT),
    ("In progress", Became.SENT),
    ("Opened, Replied", Became.REPLIED),
    ("emailsReplied", Became.REPLIED),
    ("Not interested", Became.REPLIED),
    ("emailsBounced", Became.BOUNCED),
    ("Hard bounce", Became.BOUNCED),
    ("cleaned", Became.BOUNCED),
    ("emailsUnsubscribed", Became.OPTED_OUT),
    ("OptedOut", Became.OPTED_OUT),
    ("Do Not Contact", Became.OPTED_OUT),
    ("SPAMREPORT", Became.OPTED_OUT),
    ("Replied; Unsubscribed", Became.OPTED_OUT),
    ("Not yet contacted", Became.NOT_SENT),
    ("Paused", Became.UNSURE),
    ("Opened, whatever", None),
    ("California", None),
]


@pytest.mark.parametrize(("said", "means"), STATUSES)
def test_a_status_is_known_in_the_words_of_each_system(said: str, means: Became | None) -> None:
    assert status_of(said, {}) == means


FLAGS = [
    *[(name, Became.OPTED_OUT) for name in ("Unsubscribed", "is_unsubscribed", "emailsUnsubscribed", "Opted Out At")],
    *[(name, Became.OPTED_OUT) for name in ("UNSUB_TIME", "HasOptedOutOfEmail", "Email Opt Out", "Do Not Contact")],
    *[(name, Became.OPTED_OUT) for name in ("Unsubscribed from all email", "Marked as spam", "Spam Complaints")],
    *[(name, Became.BOUNCED) for name in ("Email Bounced", "is_bounced", "emailsBounced", "Bounce count", "Bounces")],
    *[(name, Became.BOUNCED) for name in ("Email hard bounce reason", "Marketing emails bounced", "CLEAN_TIME")],
    *[(name, Became.REPLIED) for name in ("Replied", "reply_count", "emailsReplied", "Last Replied", "reply_time")],
    *[(name, Became.SENT) for name in ("Email Sent", "emailsSent", "Delivered")],
    *[(name, None) for name in ("State", "Email Status", "Name", "Subscribed", "Email", "Contact", "Reply to")],
]


@pytest.mark.parametrize(("header", "means"), FLAGS)
def test_a_column_of_yes_and_no_is_known_by_its_header(header: str, means: Became | None) -> None:
    assert flag_of(header) == means


@pytest.mark.parametrize("yes", ["TRUE", "true", "Yes", "1", "x", "X", "2", "3.0", "WAHR", "2024-05-01", "✓"])
@pytest.mark.parametrize(
    ("header", "means"), [("Replied", "replied"), ("Email Bounced", "bounced"), ("Unsubscribed", "opted out")]
)
def test_yes_is_not_lost(header: str, means: str, yes: str) -> None:
    if yes == "2024-05-01":
        header = f"{header} at"
    assert became(read(f"Email,Date,{header}", f"a@example.org,2026-01-05,{yes}")) == means


@pytest.mark.parametrize("no", ["FALSE", "no", "0", "", "n/a", "-", "0.0"])
def test_no_says_nothing(no: str) -> None:
    assert became(read("Email,Date,Unsubscribed,Replied", f"a@example.org,2026-01-05,{no},{no}")) == "sent"


def test_neither_is_refused_and_not_guessed() -> None:
    with pytest.raises(ValueError, match="'maybe' in the column 'Unsubscribed' is neither yes nor no"):
        read("Email,Date,Unsubscribed", "a@example.org,2026-01-05,maybe")


@pytest.mark.parametrize(
    ("row", "means"),
    [
        ("1,1,1,Replied", "opted out"),
        ("1,1,0,Replied", "bounced"),
        ("1,0,0,Sent", "replied"),
        ("0,0,0,Sent", "sent"),
        ("0,0,1,Not yet contacted", "opted out"),
        ("0,0,0,Not yet contacted", "not sent"),
        ("0,0,0,Unsubscribed", "opted out"),
    ],
)
def test_of_several_the_gravest_counts(row: str, means: str) -> None:
    header = "Email,Date,emailsReplied,emailsBounced,emailsUnsubscribed,Status"
    assert became(read(header, f"a@example.org,2026-01-05,{row}")) == means


def test_what_was_begun_and_paused_counts_if_it_has_a_date() -> None:
    assert became(read("Email,Date,Status", "a@example.org,2026-01-05,Paused")) == "sent"
    assert became(read("Email,Date,Status", "a@example.org,,Paused")) == "not sent"
    with pytest.raises(ValueError, match="the date is missing"):
        read("Email,Status", "a@example.org,Paused")


def test_what_was_counted_as_never_sent_is_passed_over_but_for_a_date_that_says_otherwise() -> None:
    assert became(read("Email,Status,emailsSent", "a@example.org,,0")) == "not sent"
    assert became(read("Email,Date,emailsSent", "a@example.org,2026-01-05,0")) == "sent"


def test_a_column_that_is_switched_off_says_nothing() -> None:
    row = "a@example.org,2026-01-05,1"
    assert became(read("Email,Date,Unsubscribed", row, ignored=["unsubscribed"])) == "sent"


def test_a_column_of_sent_is_the_date_if_dates_stand_there() -> None:
    written = read("Email,Sent", "a@example.org,2026-01-05")
    assert isinstance(written, Written)
    assert written.contacted_at is not None
    with pytest.raises(BadInput, match="No column says when"):
        read("Email,Sent", "a@example.org,TRUE")


DATES = [
    ("2024-05-01 10:00:00 +0000 UTC", "2024-05-01T10:00:00+00:00"),
    ("2024-05-01 10:00:00 -0700 PDT", "2024-05-01T10:00:00-07:00"),
    ("May 1, 2024 2:05 PM", "2024-05-01T14:05:00+01:00"),
    ("May 1, 2024, 2:05:10\u202fPM", "2024-05-01T14:05:10+01:00"),
    ("Wednesday, May 1st, 2024 at 12:05 AM", "2024-05-01T00:05:00+01:00"),
    ("Wed May 01 2024 10:00:00 GMT+0000 (Coordinated Universal Time)", "2024-05-01T10:00:00+00:00"),
    ("1714557600", "2024-05-01T10:00:00+00:00"),
    ("1714557600000", "2024-05-01T10:00:00+00:00"),
    ("45413", "2024-05-01"),
    ("45413.5", "2024-05-01T12:00:00+01:00"),
    ("20240501", "2024-05-01"),
    ("2024/05/01 10:00", "2024-05-01T10:00:00+01:00"),
    ("2024-05-01T10:00:00.000000000Z", "2024-05-01T10:00:00+00:00"),
]


@pytest.mark.parametrize(("text", "moment"), DATES)
def test_dates_are_understood(text: str, moment: str) -> None:
    assert moment_of(text, ZoneInfo("Europe/London"), None).isoformat() == moment


def test_two_days_are_not_guessed() -> None:
    with pytest.raises(ValueError, match="is ambiguous: add --dates"):
        moment_of("01/05/2024 10:00", ZoneInfo("UTC"), None)
    assert moment_of("01/05/2024", ZoneInfo("UTC"), None, Order.DMY).isoformat() == "2024-05-01"
    assert moment_of("01/05/24 2:05 PM", ZoneInfo("UTC"), None, Order.MDY).isoformat() == "2024-01-05T14:05:00+00:00"


@pytest.mark.parametrize(
    "text", ["2026-02-30", "13:00", "May 32, 2024", "2024-05-01 10:00 Pacific", "soon", "12", "1e9"]
)
def test_what_is_no_date_is_none(text: str) -> None:
    with pytest.raises(ValueError, match="is not ISO"):
        moment_of(text, ZoneInfo("UTC"), None)
