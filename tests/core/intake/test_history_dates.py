"""Dates as other systems and spreadsheets write them: what each means, and what is not guessed."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from core.errors import BadInput
from core.intake.history_dates import Order, check_format, latest, looks_like_a_date, moment_of, order_of

LONDON = ZoneInfo("Europe/London")

DATES = [
    ("2024-05-01", "2024-05-01"),
    ("2024.5.1", "2024-05-01"),
    ("20240501", "2024-05-01"),
    ("2024/05/01 10:00", "2024-05-01T10:00:00+01:00"),
    ("2024-01-05 10:00", "2024-01-05T10:00:00+00:00"),
    ("2024-05-01T10:00:09Z", "2024-05-01T10:00:09+00:00"),
    ("2024-05-01T10:00:00.000000000Z", "2024-05-01T10:00:00+00:00"),
    ("2024-05-01T10:00:00.123456789Z", "2024-05-01T10:00:00.123456+00:00"),
    ("2024-05-01T10:00:00,5Z", "2024-05-01T10:00:00.500000+00:00"),
    ("２０２４-０５-０１", "2024-05-01"),
    # zones
    ("2024-05-01 10:00:00 +0000 UTC", "2024-05-01T10:00:00+00:00"),
    ("2024-05-01 10:00:00 -0700 PDT", "2024-05-01T10:00:00-07:00"),
    ("2024-05-01 10:00 +05:30", "2024-05-01T10:00:00+05:30"),
    ("2024-05-01 10:00-0330", "2024-05-01T10:00:00-03:30"),
    ("2024-05-01T10:00+02", "2024-05-01T10:00:00+02:00"),
    ("2024-05-01 10:00 UTC+02:00", "2024-05-01T10:00:00+02:00"),
    ("2024-05-01 10:00 GMT-01", "2024-05-01T10:00:00-01:00"),
    ("2024-05-01 10:00 EST", "2024-05-01T10:00:00-05:00"),
    ("Wed May 01 2024 10:00:00 GMT+0000 (Coordinated Universal Time)", "2024-05-01T10:00:00+00:00"),
    # months by name, weekdays, ordinals, half days
    ("1 May 2024", "2024-05-01"),
    ("1-May-24", "2024-05-01"),
    ("MAY  1,  2024", "2024-05-01"),
    ("1 Sept 2024", "2024-09-01"),
    ("12 Sep 2024", "2024-09-12"),
    ("31 december 2024", "2024-12-31"),
    ("1 Jan. 2024", "2024-01-01"),
    ("May 2nd, 2024", "2024-05-02"),
    ("3rd May 2024", "2024-05-03"),
    ("August 4th 2024", "2024-08-04"),
    ("Wed, 1 May 2024 10:00:00 +0100", "2024-05-01T10:00:00+01:00"),
    ("Wednesday 1 May 2024", "2024-05-01"),
    ("May 1, 2024 2:05 PM", "2024-05-01T14:05:00+01:00"),
    ("May 1, 2024, 2:05:10\u202fPM", "2024-05-01T14:05:10+01:00"),
    ("May 1, 2024 at 2:05 p.m.", "2024-05-01T14:05:00+01:00"),
    ("May 1, 2024, at 12:00 pm", "2024-05-01T12:00:00+01:00"),
    ("May 1, 2024 1:05 am", "2024-05-01T01:05:00+01:00"),
    ("Wednesday, May 1st, 2024 at 12:05 AM", "2024-05-01T00:05:00+01:00"),
    # numbers: seconds and their parts since 1970, days since 1899-12-30
    ("631152000", "1990-01-01T00:00:00+00:00"),
    ("1714557600", "2024-05-01T10:00:00+00:00"),
    ("1714557600.25", "2024-05-01T10:00:00+00:00"),
    ("631152000000", "1990-01-01T00:00:00+00:00"),
    ("1714557600500", "2024-05-01T10:00:00.500000+00:00"),
    ("631152000000000", "1990-01-01T00:00:00+00:00"),
    ("1714557600000000", "2024-05-01T10:00:00+00:00"),
    ("631152000000000000", "1990-01-01T00:00:00+00:00"),
    ("1714557600000000000", "2024-05-01T10:00:00+00:00"),
    ("45413", "2024-05-01"),
    ("45413.0", "2024-05-01"),
    ("45413.5", "2024-05-01T12:00:00+01:00"),
    ("45413,25", "2024-05-01T06:00:00+01:00"),
    # our time
    ("1990-01-01", "1990-01-01"),
    ("2199-12-31", "2199-12-31"),
]


@pytest.mark.parametrize(("text", "moment"), DATES)
def test_dates_are_understood(text: str, moment: str) -> None:
    assert moment_of(text, LONDON, None).isoformat() == moment
    assert (looks_like_a_date(text), order_of(text)) == (True, None)


IN_AN_ORDER = [
    ("01/05/2024", "2024-05-01", "2024-01-05", None),
    ("1.5.24", "2024-05-01", "2024-01-05", None),
    ("01/05/24 2:05 PM", "2024-05-01T14:05:00+01:00", "2024-01-05T14:05:00+00:00", None),
    ("12/12/2024", "2024-12-12", "2024-12-12", None),
    ("13/12/2024", "2024-12-13", None, Order.DMY),
    ("12/13/2024", None, "2024-12-13", Order.MDY),
    ("Wed, 25-12-2024 10:00", "2024-12-25T10:00:00+00:00", None, Order.DMY),
    ("13/13/2024", None, None, None),
]


@pytest.mark.parametrize(("text", "day_first", "month_first", "tells"), IN_AN_ORDER)
def test_two_days_are_not_guessed(
    text: str, day_first: str | None, month_first: str | None, tells: Order | None
) -> None:
    for order, moment in ((Order.DMY, day_first), (Order.MDY, month_first)):
        if moment is None:
            with pytest.raises(ValueError, match=r"^the date is not ISO "):
                moment_of(text, LONDON, None, order)
        else:
            assert moment_of(text, LONDON, None, order).isoformat() == moment
    with pytest.raises(ValueError) as caught:
        moment_of(text, LONDON, None)
    told = "the date is ambiguous: add --dates dmy (day first) or --dates mdy (month first)"
    assert str(caught.value) == told
    assert order_of(text) == tells
    assert looks_like_a_date(text) is not (day_first is month_first is None)


NO_DATES = [
    *("2026-02-30", "13:00", "May 32, 2024", "1 Octo 2024", "1 Septe 2024", "soon", "12", "1e9", ""),
    *("2024-05-01 10:00 Pacific", "2024-05-01 10:00 IST", "2024-05-01 24:00", "2024-05-01 10:60"),
    *("2024-05-01 0:05 AM", "2024-05-01 13:05 PM", "32999", "110000", "17145576000", "99999999999999999"),
]


@pytest.mark.parametrize("text", NO_DATES)
def test_what_is_no_date_is_none(text: str) -> None:
    with pytest.raises(ValueError) as caught:
        moment_of(text, LONDON, None)
    assert str(caught.value) == (
        "the date is not ISO (2026-11-20, or 2026-11-20 14:05); give the format, such as --date-format %d/%m/%Y"
    )
    assert (looks_like_a_date(text), order_of(text)) == (False, None)


@pytest.mark.parametrize("text", ["1989-12-31", "2200-01-01", "100000000"])
def test_no_email_was_sent_before_there_was_any(text: str) -> None:
    with pytest.raises(ValueError, match=r"^no email can have been sent on this date$"):
        moment_of(text, LONDON, None)


WITH_FORMATS = [
    ("05/01/2026", "%d/%m/%Y", "2026-01-05"),
    ("01/05/26", "%m/%d/%y", "2026-01-05"),
    ("01/05/26 10:30 PM", "%m/%d/%y %I:%M %p", "2026-01-05T22:30:00+00:00"),
    ("5.7.2026 0h", "%d.%m.%Y %Hh", "2026-07-05T00:00:00+01:00"),
    ("5.7.2026 10:00 +0530", "%d.%m.%Y %H:%M %z", "2026-07-05T10:00:00+05:30"),
    ("Mon Jan  5 10:00:00 2026", "%c", "2026-01-05T10:00:00+00:00"),
    ("2026-01-05 10:00:00", "%Y-%m-%d %X", "2026-01-05T10:00:00+00:00"),
]


@pytest.mark.parametrize(("text", "date_format", "moment"), WITH_FORMATS)
def test_a_format_says_how_all_dates_are_written(text: str, date_format: str, moment: str) -> None:
    check_format(date_format)
    assert moment_of(text, LONDON, date_format).isoformat() == moment
    with pytest.raises(ValueError) as caught:
        moment_of(f"{text}!", LONDON, date_format, Order.DMY)
    assert str(caught.value) == f"the date does not match {date_format}"


@pytest.mark.parametrize("date_format", ["%H:%M", "%d/%m", "%m/%Y", "%Y", "%d.%Y", "%Q", "soon", ""])
def test_a_format_that_no_date_could_be_read_with_is_refused(date_format: str) -> None:
    with pytest.raises(BadInput) as caught:
        check_format(date_format)
    told = f"--date-format {date_format!r} does not say year, month and day; write one such as %d/%m/%Y."
    assert str(caught.value) == told


NOW = datetime(2026, 7, 5, 12, 0, tzinfo=UTC)
LATEST = [
    (datetime(2026, 7, 5, 11, 0, tzinfo=LONDON), NOW, "2026-07-05T10:00:00+00:00"),
    (datetime(2026, 7, 6, tzinfo=UTC), NOW, "2026-07-06T00:00:00+00:00"),
    (date(2026, 7, 4), NOW, "2026-07-04T22:59:59+00:00"),
    (date(2026, 7, 5), NOW, "2026-07-05T12:00:00+00:00"),
    (date(2026, 7, 5), datetime(2026, 7, 4, 23, 0, 1, tzinfo=UTC), "2026-07-04T23:00:01+00:00"),
    (date(2026, 7, 6), NOW, "2026-07-05T23:00:00+00:00"),
]


@pytest.mark.parametrize(("moment", "now", "counts_as"), LATEST)
def test_a_day_counts_as_its_end_but_today_as_now(moment: datetime | date, now: datetime, counts_as: str) -> None:
    counted = latest(moment, LONDON, now)
    assert counted.isoformat() == counts_as
    assert counted.tzinfo is UTC, "and not this machine's own, which may be another"
