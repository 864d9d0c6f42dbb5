"""Which drafts would leave outside of business hours if they were approved now, and what is asked then."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest

from core.db import transaction
from core.delivery.ask_first import closed_words
from core.delivery.closed_hours import ClosedHours, closed_by
from core.delivery.facts import facts_of
from core.delivery.next_slot import next_slot, send_now, sends_now
from core.delivery.queue import read_as_if_queued
from core.hours import Hours, next_open
from core.taxonomy import GateCode
from tests.core.delivery.claim_parts import ALWAYS, set_account
from tests.fixtures.domain import Domain

HOURS = Hours("Europe/London")
#: A Tuesday in winter.
SIX = datetime(2026, 12, 1, 18, tzinfo=UTC)


NINE = SIX + timedelta(hours=15)


@pytest.mark.parametrize(
    ("now", "leaves", "as_yet_open"),
    [
        (SIX - timedelta(minutes=9), SIX - timedelta(seconds=1), None),
        (SIX, SIX, False),
        (SIX - timedelta(seconds=1), SIX + timedelta(seconds=9), True),
        (SIX, NINE - timedelta(seconds=1), False),
        (SIX, NINE, None),
    ],
    ids=["before closing", "at closing", "an undo later", "before the morning", "after the night"],
)
def test_what_counts_is_when_it_leaves(now: datetime, leaves: datetime, as_yet_open: bool | None) -> None:
    closed = None if as_yet_open is None else ClosedHours("sam@example.com", leaves, NINE, "Europe/London", as_yet_open)
    assert closed_by(HOURS, "sam@example.com", now, leaves) == closed


@pytest.mark.parametrize(
    ("closed", "sentence"),
    [
        (
            ClosedHours("sam@example.com", SIX, NINE, "Europe/London"),
            "It is Tuesday 18:00 for sam@example.com, outside business hours.",
        ),
        (
            ClosedHours("sam@example.com", SIX, NINE, "Europe/London", as_yet_open=True),
            "It would be sent on Tuesday 18:00 for sam@example.com, outside business hours.",
        ),
        (
            ClosedHours(None, SIX, NINE, "Asia/Kolkata"),
            "It is Tuesday 23:30 for the recipient, outside business hours.",
        ),
    ],
)
def test_it_is_said_in_the_time_of_whose_hours_they_are(closed: ClosedHours, sentence: str) -> None:
    assert closed_words(closed) == sentence


#: Christmas of a far year, a Monday; in Kiritimati it is the day after.
CHRISTMAS = datetime(2084, 12, 25, 12, tzinfo=UTC)


#: (what the account says of its hours, whether the campaign asks for the recipient's, their zone; whose are over: the
#: zone, the beginning and end, the days and the country)
WHOSE: tuple[tuple[str, bool, str | None, Any], ...] = (
    ("weekdays = '{1}'", False, "Pacific/Kiritimati", None),
    ("weekdays = '{1}', opens = '13:00'", False, None, ("Europe/London", time(13), time(0), {1}, None)),
    ("weekdays = '{1}', closes = '12:00'", False, None, ("Europe/London", time(0), time(12), {1}, None)),
    ("country = 'GB'", False, None, ("Europe/London", time(0), time(0), set(range(1, 8)), "GB")),
    ("weekdays = '{2}'", False, "Pacific/Kiritimati", ("Europe/London", time(0), time(0), {2}, None)),
    ("weekdays = '{2}'", True, "Pacific/Kiritimati", None),
    ("weekdays = '{1}'", True, "Pacific/Kiritimati", ("Pacific/Kiritimati", time(0), time(0), {1}, None)),
    ("weekdays = '{2}'", True, None, ("Europe/London", time(0), time(0), {2}, None)),
    ("weekdays = '{2}'", True, "Mars/Phobos", ("Europe/London", time(0), time(0), {2}, None)),
)


def test_whose_hours_they_are(domain: Domain) -> None:
    """The account's, or on the recipient's clock where the campaign says so and their zone is known."""
    draft = domain.ingest()
    for of_the_account, recipient_hours, zone, closed in WHOSE:
        set_account(domain, country=None, **ALWAYS)
        domain.sql(f"UPDATE accounts SET {of_the_account}")
        domain.sql("UPDATE campaigns SET recipient_hours = %s", recipient_hours)
        domain.sql("UPDATE contacts SET timezone = %s WHERE email = 'dana1@example.org'", zone)
        with transaction() as tx:
            ((account, row),) = read_as_if_queued(tx, [draft])
        told = send_now(replace(facts_of(account, row), now=CHRISTMAS)).closed
        expected = None
        if closed:
            timezone, opens, closes, weekdays, country = closed
            hours = Hours(timezone, opens, closes, frozenset(weekdays), country)
            address = "sam@example.com" if timezone == "Europe/London" else None
            expected = ClosedHours(address, CHRISTMAS, next_open(hours, CHRISTMAS), timezone)
        assert told == expected, (of_the_account, recipient_hours, zone)


def closes_in(domain: Domain, minutes: int) -> None:
    """The account closes in so many minutes, in a zone in which it is about noon."""
    domain.sql(
        "UPDATE accounts SET weekdays = '{1,2,3,4,5,6,7}', country = NULL, opens = '00:00',"
        " timezone = (SELECT name FROM pg_timezone_names WHERE name LIKE 'Etc/GMT%%'"
        " AND extract(hour FROM now() AT TIME ZONE name) = 12 ORDER BY name LIMIT 1)"
    )
    domain.sql(
        "UPDATE accounts SET closes = date_trunc('minute', now() AT TIME ZONE timezone)::time"
        " + make_interval(mins => %s)",
        minutes,
    )


def closed(domain: Domain) -> ClosedHours | None:
    draft = domain.ingest()
    with transaction() as tx:
        return sends_now(tx, [draft])[draft].closed


@pytest.mark.parametrize("why", ["the time for an undo", "the mail before it"])
def test_an_approval_shortly_before_closing(domain: Domain, why: str) -> None:
    closes_in(domain, 10)
    domain.sql("UPDATE workspaces SET undo_seconds = 0")
    assert closed(domain) is None
    if why == "the time for an undo":
        closes_in(domain, 1)
        domain.sql("UPDATE workspaces SET undo_seconds = 60")
    else:
        domain.sql("UPDATE accounts SET next_spaced_at = now() + interval '11 minutes'")
    found = closed(domain)
    assert found is not None
    assert found.as_yet_open
    with transaction() as tx:
        slot = next_slot(tx, domain.ingest())
    assert slot is not None
    assert slot.send_now is not None
    assert slot.send_now.closed is not None, "its card says so, too"
    assert slot.send_now.closed.as_yet_open
    drafts = [domain.ingest(), domain.ingest()]
    with transaction() as tx:
        told = sends_now(tx, drafts)
    assert told.keys() == set(drafts)
    assert all(each.closed and each.closed.as_yet_open for each in told.values())


def test_what_was_held_for_hours_does_not_leave_at_night(domain: Domain) -> None:
    """Paused on Friday, resumed on Sunday night: what was approved to leave at once waits for Monday; and does not hold
    what somebody approves now."""
    held, fresh = domain.ingest(), domain.ingest()
    domain.approve(held)
    domain.sql("UPDATE send_queue SET created_at = now() - interval '5 hours'")
    domain.sql("UPDATE accounts SET weekdays = ARRAY[extract(isodow FROM now() + interval '3 days')::int]")
    assert domain.try_claim() is None
    ((code, due),) = domain.rows("SELECT held_code, due_at > now() + interval '1 day' FROM send_queue")
    assert (code, due) == (GateCode.OUTSIDE_HOURS, True)
    assert domain.view(held).reason == "It is outside business hours for sam@example.com."
    domain.approve(fresh)
    assert domain.claim().draft_id == fresh
