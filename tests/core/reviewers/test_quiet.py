"""Quiet hours and mutes: when a member may be told of something again, right when the clocks change."""

from datetime import time

import pytest

from core.reviewers.quiet import QuietSettings, free_from
from tests.core.views.history_parts import utc

LONDON = "Europe/London"
NIGHT = (time(18), time(8))


@pytest.mark.parametrize(
    ("zone", "hours", "muted", "now", "free"),
    [
        (LONDON, (None, None), None, "2026-11-20 03:00", None),
        (LONDON, NIGHT, None, "2026-11-20 12:00", None),
        (LONDON, NIGHT, None, "2026-11-20 18:00", "2026-11-21 08:00"),
        (LONDON, NIGHT, None, "2026-11-20 03:00", "2026-11-20 08:00"),
        (LONDON, NIGHT, None, "2026-11-20 08:00", None),
        (LONDON, (time(12), time(13)), None, "2026-11-20 12:30", "2026-11-20 13:00"),
        ("America/New_York", NIGHT, None, "2026-11-20 03:00", "2026-11-20 13:00"),
        (LONDON, (None, None), "2026-11-20 15:00", "2026-11-20 12:00", "2026-11-20 15:00"),
        (LONDON, (None, None), "2026-11-20 11:00", "2026-11-20 12:00", None),
        # A mute that ends in the quiet hours ends with them.
        (LONDON, NIGHT, "2026-11-20 20:00", "2026-11-20 12:00", "2026-11-21 08:00"),
        (LONDON, NIGHT, "2026-11-21 09:00", "2026-11-20 20:00", "2026-11-21 09:00"),
        # The clocks go forward at 01:00, and back at 02:00 of summer time.
        (LONDON, NIGHT, None, "2026-03-28 22:00", "2026-03-29 07:00"),
        (LONDON, NIGHT, None, "2026-10-24 22:00", "2026-10-25 08:00"),
        (LONDON, (time(1, 30), time(3)), None, "2026-03-29 01:15", "2026-03-29 02:00"),
    ],
)
def test_from_when_on(
    zone: str, hours: tuple[time | None, time | None], muted: str | None, now: str, free: str | None
) -> None:
    wish = QuietSettings(zone, *hours, utc(muted) if muted else None)
    assert free_from(wish, utc(now)) == (utc(free) if free else None)
