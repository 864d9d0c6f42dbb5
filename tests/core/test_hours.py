"""Hours: every answer is compared with a walk, minute by minute, over what a clock on the wall would show."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import holidays
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from core.hours import Hours, is_holiday, is_open, local_day, next_open, start_of_day
from tests.fixtures.cases import cases

MINUTE = timedelta(minutes=1)
#: Days around which clocks do something: skip or repeat an hour, at night, at midnight, by halves; leave out a day that
#: never was; and zones whose offset is no whole hour.
CHANGES = (
    ("Europe/London", date(2026, 3, 29)),
    ("Europe/London", date(2026, 10, 25)),
    ("America/New_York", date(2026, 3, 8)),
    ("America/New_York", date(2026, 11, 1)),
    ("America/Sao_Paulo", date(2018, 11, 4)),  # 00:00 becomes 01:00
    ("America/Sao_Paulo", date(2019, 2, 16)),  # 24:00 becomes 23:00
    ("America/Havana", date(2026, 3, 8)),
    ("America/Havana", date(2026, 11, 1)),  # 01:00 becomes 00:00
    ("Australia/Lord_Howe", date(2026, 4, 5)),
    ("Australia/Lord_Howe", date(2026, 10, 4)),
    ("Asia/Kolkata", date(2026, 1, 26)),
    ("Pacific/Chatham", date(2026, 4, 5)),
    ("Pacific/Chatham", date(2026, 9, 27)),
    ("Pacific/Apia", date(2011, 12, 30)),  # never was
    ("Africa/Cairo", date(2026, 4, 24)),
    ("Asia/Beirut", date(2026, 10, 25)),  # 24:00 becomes 23:00
    ("UTC", date(2026, 12, 28)),
)
COUNTRIES = (None, "GB", "US", "BR", "DE", "IN", "JP", "AU", "NZ", "WS", "EG")
TIMES = st.integers(0, 24 * 60 - 1).map(lambda minutes: time(minutes // 60, minutes % 60))


@st.composite
def calendars(draw: st.DrawFn) -> tuple[Hours, datetime]:
    """An account's hours, and a moment within a few days of something unusual."""
    zone, day = draw(st.sampled_from(CHANGES))
    opens, closes = draw(st.one_of(st.just((time(9), time(18))), st.tuples(TIMES, TIMES)))
    assume(opens < closes or closes == time(0))
    weekdays = draw(st.one_of(st.just({1, 2, 3, 4, 5}), st.sets(st.integers(1, 7), min_size=1)))
    at = datetime.combine(day, time(0), UTC) + timedelta(minutes=draw(st.integers(-4 * 24 * 60, 4 * 24 * 60)))
    return Hours(zone, opens, closes, frozenset(weekdays), draw(st.sampled_from(COUNTRIES))), at


def open_minutes(hours: Hours, first: datetime, last: datetime) -> Iterator[datetime]:
    """The open minutes from `first` to `last`: a day is open from when the wall first shows its opening time, or later,
    until it first shows its closing time, or the day is over."""
    zone = ZoneInfo(hours.timezone)
    kept = holidays.country_holidays(hours.country) if hours.country else {}
    at = first - timedelta(hours=27)  # all of the day that `first` is in
    day, opened, closed = None, False, False
    while at <= last:
        wall = at.astimezone(zone)
        if wall.date() != day:
            day, opened, closed = wall.date(), False, False
            working = day.isoweekday() in hours.weekdays and day not in kept
        opened = opened or wall.time() >= hours.opens
        closed = closed or (hours.closes != time(0) and wall.time() >= hours.closes)
        if working and opened and not closed and at >= first:
            yield at
        at += MINUTE


@cases(400)
@given(calendars())
@example((Hours("Pacific/Apia", time(0), time(0), frozenset({5})), datetime(2011, 12, 29, 12, tzinfo=UTC)))
@example((Hours("America/Sao_Paulo", time(0), time(0, 30)), datetime(2018, 11, 3, tzinfo=UTC)))
@example((Hours("Europe/London", time(1, 10), time(1, 50), frozenset({7})), datetime(2026, 3, 28, tzinfo=UTC)))
@example((Hours("Europe/London", time(1, 10), time(1, 50), frozenset({7})), datetime(2026, 10, 25, tzinfo=UTC)))
def test_the_next_open_moment_is_the_first_that_the_wall_clock_allows(case: tuple[Hours, datetime]) -> None:
    hours, at = case
    found = next_open(hours, at)
    assert found is not None
    assert found >= at
    # Where the way is long, its beginning and its end are walked.
    stretches = [(at, found)] if found - at < timedelta(days=9) else [(at, at + timedelta(days=4))]
    stretches += [(found - timedelta(days=2), found)] if found - at >= timedelta(days=9) else []
    walked = [minute for first, last in stretches for minute in open_minutes(hours, first, last)]
    assert walked == [found]
    assert is_open(hours, found)
    wall = found.astimezone(ZoneInfo(hours.timezone))
    assert wall.isoweekday() in hours.weekdays
    assert not (hours.country and wall.date() in holidays.country_holidays(hours.country))


@cases(60)
@given(calendars())
def test_open_is_what_the_wall_clock_says_for_every_minute_of_two_days(case: tuple[Hours, datetime]) -> None:
    hours, at = case
    until = at + timedelta(days=2)
    minutes = [at + n * MINUTE for n in range(2 * 24 * 60 + 1)]
    assert [minute for minute in minutes if is_open(hours, minute)] == list(open_minutes(hours, at, until))


@cases(300)
@given(calendars(), st.integers(0, 10 * 24 * 60))
def test_who_asks_later_is_told_no_earlier_moment(case: tuple[Hours, datetime], minutes: int) -> None:
    hours, at = case
    now, later = next_open(hours, at), next_open(hours, at + minutes * MINUTE)
    assert now is not None
    assert later is not None
    assert now <= later
    assert next_open(hours, now) == now


@cases(200)
@given(st.sampled_from(CHANGES), st.integers(-3, 3))
def test_a_day_begins_when_the_wall_first_shows_it_or_a_later_one(change: tuple[str, date], days: int) -> None:
    zone, day = change[0], change[1] + timedelta(days=days)
    first = datetime.combine(day, time(0), UTC) - timedelta(hours=27)
    walk = (first + n * MINUTE for n in range(54 * 60))
    assert start_of_day(zone, day) == next(at for at in walk if at.astimezone(ZoneInfo(zone)).date() >= day)


@cases(200)
@given(st.sampled_from(CHANGES), st.integers(-3 * 24 * 60, 3 * 24 * 60))
def test_the_next_day_begins_later_and_is_another_day(change: tuple[str, date], minutes: int) -> None:
    """What a daily limit waits for: an account that asks until then is on the same day."""
    zone, at = change[0], datetime.combine(change[1], time(0), UTC) + minutes * MINUTE
    today = local_day(zone, at)
    tomorrow = start_of_day(zone, today + timedelta(days=1))
    assert tomorrow > at
    assert local_day(zone, tomorrow) > today
    assert local_day(zone, tomorrow - MINUTE) == today


@pytest.mark.parametrize(
    ("hours", "at", "opens"),
    [
        # A Friday after closing: Monday. In July and in January the same wall clock is another moment.
        (Hours("Europe/London"), "2026-07-17T17:00+00:00", "2026-07-20T08:00+00:00"),
        (Hours("Europe/London"), "2026-01-16T18:00+00:00", "2026-01-19T09:00+00:00"),
        # The last second before closing is open; closing is not.
        (Hours("Europe/London"), "2026-01-16T17:59:59+00:00", "2026-01-16T17:59:59+00:00"),
        # Christmas on a Friday, Boxing Day moved to the Monday.
        (Hours("Europe/London", country="GB"), "2026-12-24T18:00+00:00", "2026-12-29T09:00+00:00"),
        (Hours("Europe/London"), "2026-12-24T18:00+00:00", "2026-12-25T09:00+00:00"),
        # The night in which clocks go forward, and the one in which they go back.
        (Hours("Europe/London", weekdays=frozenset(range(1, 8))), "2026-03-28T18:00+00:00", "2026-03-29T08:00+00:00"),
        (Hours("Europe/London", weekdays=frozenset(range(1, 8))), "2026-10-24T17:00+00:00", "2026-10-25T09:00+00:00"),
        # Opening at a time that the clocks skip: the moment they skip to.
        (
            Hours("Europe/London", time(1, 30), weekdays=frozenset({7})),
            "2026-03-28T18:00+00:00",
            "2026-03-29T01:00+00:00",
        ),
        # All of a short day lies in the skipped hour: a week later.
        (
            Hours("Europe/London", time(1, 10), time(1, 50), frozenset({7})),
            "2026-03-28T18:00+00:00",
            "2026-04-05T00:10+00:00",
        ),
        # Half an hour of daylight saving; a zone of a quarter of an hour; the day that Samoa left out.
        (Hours("Australia/Lord_Howe"), "2026-10-02T07:30+00:00", "2026-10-04T22:00+00:00"),
        (Hours("Pacific/Chatham"), "2026-04-03T05:00+00:00", "2026-04-05T20:15+00:00"),
        (Hours("Pacific/Apia", weekdays=frozenset({4, 5, 6})), "2011-12-30T04:00+00:00", "2011-12-30T19:00+00:00"),
    ],
)
def test_calendars_that_a_person_can_check(hours: Hours, at: str, opens: str) -> None:
    assert next_open(hours, datetime.fromisoformat(at)) == datetime.fromisoformat(opens)


def test_who_never_opens_has_no_next_moment() -> None:
    at = datetime(2026, 1, 1, tzinfo=UTC)
    assert next_open(Hours("Europe/London", weekdays=frozenset()), at) is None


def test_only_the_holidays_of_the_own_country_are_kept() -> None:
    independence = date(2025, 7, 4)
    assert is_holiday("US", independence)
    assert not is_holiday("GB", independence)
    assert not is_holiday(None, independence)
