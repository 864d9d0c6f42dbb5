"""Several clocks: one leads, another takes over when it dies, and nothing is done twice."""

import json
import signal

import pytest

from tests.faults.conftest import settled
from tests.faults.stage import count, within_a_transaction
from tests.fixtures.full_stack import FullStack
from tests.fixtures.processes import Running
from tests.fixtures.tally import Tally
from tests.fixtures.waiting import wait_until

pytestmark = pytest.mark.faults

FULL_STACK = {"webs": 0, "workers": 1, "clocks": 3}
LEADS = "this clock leads"


def last_led(clock: Running) -> str:
    """The time at which this clock said last that it leads; empty if it never did, or is dead."""
    lines = [line for line in clock.output().splitlines() if LEADS in line] if clock.alive() else []
    return str(json.loads(lines[-1])["timestamp"]) if lines else ""


def leader(full_stack: FullStack, *, other_than: Running | None = None) -> Running:
    """The one clock that leads, once one does."""

    def found() -> Running | None:
        last = max(full_stack.clocks, key=last_led)
        return last if last_led(last) and last is not other_than else None

    leads: Running = wait_until(found, seconds=30, what="a clock to lead")
    assert count("SELECT count(*) FROM clock_lease WHERE expires_at > now()") == 1
    return leads


def stop_between_transactions(clock: Running) -> None:
    """Stand it still where it holds no lock: what becomes of a lock that a stopped process holds is another test's."""

    def stopped() -> bool:
        clock.signal(signal.SIGSTOP)
        if within_a_transaction():
            clock.signal(signal.SIGCONT)
            return False
        return True

    wait_until(stopped, what="the clock to be between two transactions")


def test_a_clock_that_stands_still_loses_the_lead(full_stack: FullStack, tally: Tally) -> None:
    draft = full_stack.ingest()
    settled(full_stack)
    first = leader(full_stack)
    stop_between_transactions(first)
    tally.stops += 1
    full_stack.approve_directly(draft)
    full_stack.wait_for(draft, "sent", seconds=30)
    # It may have been found by a third, in a last tick from before it lost the lead to this one: so wait.
    leader(full_stack, other_than=first)
    first.signal(signal.SIGCONT)
    first.wait_for_line("another clock leads")  # it learns that it does not lead any more
    settled(full_stack)


def test_the_next_clock_takes_over_until_the_last(full_stack: FullStack, tally: Tally) -> None:
    """Nobody rings for these approvals: only a clock can have found them."""
    before = len(full_stack.accepted())
    for clocks_left in (3, 2, 1):
        drafts = [full_stack.ingest() for _ in range(10)]
        settled(full_stack)
        first = leader(full_stack)
        full_stack.approve_directly(*drafts[:5])
        if clocks_left > 1:
            first.kill()
            tally.kills += 1
        full_stack.approve_directly(*drafts[5:])
        verdict = settled(full_stack)
        assert verdict.sent == verdict.accepted == before + 10 * (4 - clocks_left)
