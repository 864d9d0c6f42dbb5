"""`/outreach mute` and `unmute`: until when, in anybody's words and anybody's zone."""

from datetime import UTC, datetime

import pytest

from core.errors import BadInput
from core.text.moments import mute_until
from tests.bot.slack.outreach.parts import said
from tests.fixtures.domain_with_slack import ALICE, VERA, DomainWithSlack

LONDON, NEW_YORK = "Europe/London", "America/New_York"


@pytest.mark.parametrize(
    ("words", "now", "zone", "until"),
    [
        ("", "2026-11-20 15:00", LONDON, "2026-11-21 00:00"),
        ("today", "2026-11-20 15:00", NEW_YORK, "2026-11-21 05:00"),
        ("Tomorrow", "2026-11-20 15:00", LONDON, "2026-11-21 09:00"),
        ("1h", "2026-11-20 15:00", LONDON, "2026-11-20 16:00"),
        ("4 hours", "2026-11-20 15:00", LONDON, "2026-11-20 19:00"),
        ("30 min", "2026-11-20 15:00", LONDON, "2026-11-20 15:30"),
        ("until 16:30", "2026-11-20 15:00", LONDON, "2026-11-20 16:30"),
        ("until  9:05", "2026-11-20 15:00", LONDON, "2026-11-21 09:05"),
        ("15.00", "2026-11-20 15:00", LONDON, "2026-11-21 15:00"),
        ("24:00", "2026-11-20 15:00", LONDON, "2026-11-21 00:00"),
        # The night in which the clocks go back has 25 hours; the one in which they go forward skips half past one.
        ("4h", "2026-10-24 22:30", LONDON, "2026-10-25 02:30"),
        ("today", "2026-10-25 00:30", LONDON, "2026-10-26 00:00"),
        ("until 01:30", "2026-03-28 23:00", LONDON, "2026-03-29 01:00"),
    ],
)
def test_the_moment_that_words_mean(words: str, now: str, zone: str, until: str) -> None:
    assert mute_until(words, _utc(now), zone) == _utc(until)


@pytest.mark.parametrize(
    "words",
    ["for ever", "0h", "73h", "999h", "until 25:61", "until 25:00", "99:00", "until", "-1h", "1d", "💤", "4h 4h"],
)
def test_what_nobody_can_mean_gets_examples(words: str) -> None:
    with pytest.raises(BadInput, match="Write 1h, 4h, today, tomorrow, or until 14:30"):
        mute_until(words, _utc("2026-11-20 15:00"), LONDON)


def _utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_a_member_mutes_and_unmutes(domain_with_slack: DomainWithSlack) -> None:
    assert said(domain_with_slack, ALICE, "/outreach mute 4h").startswith("Muted until <!date^")
    ((left,),) = domain_with_slack.rows("SELECT muted_until - now() FROM members WHERE slack_user_id = %s", ALICE)
    assert 3.9 < left.total_seconds() / 3600 <= 4
    assert said(domain_with_slack, ALICE, "/outreach unmute") == "Unmuted: new cards come to you again."
    assert said(domain_with_slack, ALICE, "/outreach unmute") == "You are not muted."
    assert [verb for verb, *_ in domain_with_slack.events()] == ["mute", "unmute", "refuse"]


def test_unknown_words_change_nothing(domain_with_slack: DomainWithSlack) -> None:
    assert "Write 1h, 4h" in said(domain_with_slack, VERA, "/outreach mute for ever")
    assert domain_with_slack.rows("SELECT count(*) FROM members WHERE muted_until IS NOT NULL") == [(0,)]
