"""Quiet hours and mutes: when a member may be told of something again, right when the clocks change."""

from datetime import time

import pytest

from core.db import transaction
from core.ids import UUID, new_id
from core.reviewers.quiet import QuietSettings, free_from, quiet_until
from tests.core.drafts.review_parts import member_id
from tests.core.views.history_parts import utc
from tests.fixtures.domain import Domain

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
        (LONDON, (time(12), time(13)), None, "2026-11-20 13:00", None),
        # From one time to the same is a whole day, every day: they are asked again where the next begins.
        (LONDON, (time(8), time(8)), None, "2026-11-20 07:59", "2026-11-20 08:00"),
        (LONDON, (time(8), time(8)), None, "2026-11-20 08:00", "2026-11-21 08:00"),
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


@pytest.mark.slow
def test_a_members_own_wishes_in_their_own_zone_or_their_workspaces(domain: Domain) -> None:
    alice, bob = member_id(domain, "U01ALICE"), member_id(domain, "U02BOB")

    def until(member: UUID, now: str) -> str | None:
        with transaction() as tx:
            found = quiet_until(tx, member, utc(now))
        return f"{found:%Y-%m-%d %H:%M}" if found else None

    night = "2026-11-20 03:00"
    assert until(alice, night) is None
    domain.sql("UPDATE members SET quiet_from = '18:00', quiet_to = '08:00' WHERE id = %s", alice)
    assert until(alice, night) == "2026-11-20 08:00", "in Europe/London, as the workspace"
    domain.sql("UPDATE members SET timezone = 'America/New_York' WHERE id = %s", alice)
    assert until(alice, night) == "2026-11-20 13:00"
    assert until(alice, "2026-11-20 13:00") is None
    domain.sql("UPDATE members SET muted_until = '2026-11-21 15:00+00' WHERE id = %s", alice)
    assert until(alice, night) == "2026-11-21 15:00"
    assert until(bob, night) is until(new_id(), night) is None, "others have wishes of their own"
