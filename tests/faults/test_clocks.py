"""Several clocks: one leads, another takes over when it dies, and nothing is done twice."""

import json
import signal

import pytest

from jobs.clock import LEADER_LOCK
from tests.faults.conftest import settled
from tests.faults.stage import count
from tests.fixtures.processes import Running
from tests.fixtures.tally import Tally
from tests.fixtures.town import Town
from tests.fixtures.waiting import wait_until

pytestmark = pytest.mark.faults

TOWN = {"webs": 0, "workers": 1, "clocks": 3}
LEADS = "this clock leads"


def last_led(clock: Running) -> str:
    """The time at which this clock said last that it leads; empty if it never did, or is dead."""
    lines = [line for line in clock.output().splitlines() if LEADS in line] if clock.alive() else []
    return str(json.loads(lines[-1])["timestamp"]) if lines else ""


def leader(town: Town, *, other_than: Running | None = None) -> Running:
    """The one clock that leads, once one does."""

    def found() -> Running | None:
        last = max(town.clocks, key=last_led)
        return last if last_led(last) and last is not other_than else None

    leads: Running = wait_until(found, seconds=30, what="a clock to lead")
    locks = count(
        "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted AND objid = %s"
        " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())",
        LEADER_LOCK,
    )
    assert locks == 1
    return leads


def test_a_clock_that_stands_still_loses_the_lead(town: Town, tally: Tally) -> None:
    draft = town.ingest()
    settled(town)
    first = leader(town)
    first.signal(signal.SIGSTOP)
    tally.stops += 1
    town.approve_directly(draft)
    town.wait_for(draft, "sent", seconds=30)
    # It may have been found by a third, in a last tick from before it lost the lead to this one: so wait.
    leader(town, other_than=first)
    first.signal(signal.SIGCONT)
    first.wait_for_line("database away")  # it learns that it does not lead any more
    settled(town)


def test_the_next_clock_takes_over_until_the_last(town: Town, tally: Tally) -> None:
    """Nobody rings for these approvals: only a clock can have found them."""
    before = len(town.accepted())
    for clocks_left in (3, 2, 1):
        drafts = [town.ingest() for _ in range(10)]
        settled(town)
        first = leader(town)
        town.approve_directly(*drafts[:5])
        if clocks_left > 1:
            first.kill()
            tally.kills += 1
        town.approve_directly(*drafts[5:])
        verdict = settled(town)
        assert verdict.sent == verdict.accepted == before + 10 * (4 - clocks_left)
