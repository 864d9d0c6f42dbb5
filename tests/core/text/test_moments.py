"""Later: the moments to which a person puts something off, where they are."""

from datetime import UTC, datetime, timedelta

import pytest

from core.text.moments import CHOICES, choices, moment


@pytest.mark.parametrize(
    ("choice", "now", "zone", "local"),
    [
        ("hour", datetime(2026, 11, 20, 14, 5, tzinfo=UTC), "Europe/London", "Fri 20 15:05"),
        ("tomorrow", datetime(2026, 11, 20, 14, 5, tzinfo=UTC), "Europe/London", "Sat 21 09:00"),
        ("monday", datetime(2026, 11, 20, 14, 5, tzinfo=UTC), "Europe/London", "Mon 23 09:00"),
        ("monday", datetime(2026, 11, 23, 7, 0, tzinfo=UTC), "Europe/London", "Mon 30 09:00"),
        ("tomorrow", datetime(2026, 11, 20, 23, 30, tzinfo=UTC), "Asia/Tokyo", "Sun 22 09:00"),
        ("tomorrow", datetime(2026, 11, 20, 4, 0, tzinfo=UTC), "America/Los_Angeles", "Fri 20 09:00"),
        ("hour", datetime(2026, 10, 25, 0, 30, tzinfo=UTC), "Europe/London", "Sun 25 01:30"),
        ("monday", datetime(2026, 3, 27, 12, 0, tzinfo=UTC), "Europe/Berlin", "Mon 30 09:00"),
    ],
)
def test_it_is_by_the_clock_on_their_wall(choice: str, now: datetime, zone: str, local: str) -> None:
    later = moment(choice, now, zone)
    assert f"{later.astimezone(moment('tomorrow', now, zone).tzinfo):%a %-d %H:%M}" == local


def test_an_hour_is_an_hour_when_the_clocks_change() -> None:
    now = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert moment("hour", now, "Europe/London") - now == timedelta(hours=1)


@pytest.mark.parametrize("choice", CHOICES)
def test_it_is_always_to_come_and_soon_enough_to_snooze(choice: str) -> None:
    for hours in range(24 * 8):
        now = datetime(2026, 11, 16, tzinfo=UTC) + timedelta(hours=hours)
        assert timedelta(0) < moment(choice, now, "Pacific/Auckland") - now <= timedelta(days=8)


@pytest.mark.parametrize(
    ("day", "zone", "offered"),
    [
        (20, "Europe/London", ["hour", "tomorrow", "monday"]),  # a Friday
        (22, "Europe/London", ["hour", "tomorrow"]),  # a Sunday
        (22, "Pacific/Kiritimati", ["hour", "tomorrow", "monday"]),  # Monday there already
    ],
)
def test_each_moment_is_offered_once(day: int, zone: str, offered: list[str]) -> None:
    assert list(choices(datetime(2026, 11, day, 12, 0, tzinfo=UTC), zone)) == offered
