"""Which drafts would leave outside of business hours if they were approved now, and what is asked then."""

from datetime import UTC, datetime, timedelta

import pytest

from core.db import transaction
from core.delivery.ask_first import closed_words
from core.delivery.closed_hours import ClosedHours, closed_by, closed_hours
from core.hours import Hours
from core.taxonomy import GateCode
from tests.fixtures.domain import Domain

HOURS = Hours("Europe/London")
#: A Tuesday in winter.
SIX = datetime(2026, 12, 1, 18, tzinfo=UTC)


@pytest.mark.parametrize(
    ("now", "leaves", "sentence"),
    [
        (SIX - timedelta(minutes=9), SIX - timedelta(seconds=1), None),
        (SIX, SIX, "It is Tuesday 18:00 for sam@example.com, outside business hours."),
        (
            SIX - timedelta(seconds=1),
            SIX + timedelta(seconds=9),
            "It would be sent on Tuesday 18:00 for sam@example.com, outside business hours.",
        ),
        (SIX, SIX + timedelta(hours=15), None),
    ],
    ids=["before closing", "at closing", "an undo later", "after the night"],
)
def test_what_counts_is_when_it_leaves(now: datetime, leaves: datetime, sentence: str | None) -> None:
    closed = closed_by(HOURS, "sam@example.com", now, leaves)
    assert (closed and closed_words(closed)) == sentence


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
        return closed_hours(tx, [draft]).get(draft)


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


def test_a_zone_that_nobody_knows_is_no_recipients_zone(domain: Domain) -> None:
    closes_in(domain, 10)
    domain.sql("UPDATE campaigns SET recipient_hours = true")
    draft = domain.ingest()
    domain.sql("UPDATE contacts SET timezone = 'Mars/Phobos'")
    with transaction() as tx:
        assert closed_hours(tx, [draft]) == {}


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
