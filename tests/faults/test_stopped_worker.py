"""A worker that stands still for longer than its lease (SIGSTOP), and wakes up: it is fenced, or its word still counts.

These leases are real and short: nothing turns them back.
"""

import signal
from pathlib import Path

import psutil
import pytest

from tests.faults.conftest import settled
from tests.faults.stage import ask, backoff_passes, count
from tests.fixtures.full_stack import FullStack
from tests.fixtures.processes import Running
from tests.fixtures.tally import Tally
from tests.fixtures.waiting import wait_until

pytestmark = pytest.mark.faults

FULL_STACK = {
    "DELIVERY_CONNECT_SECONDS": "4",
    "DELIVERY_DATA_SECONDS": "4",
    "DELIVERY_LEASE_MARGIN_SECONDS": "0.5",
}
#: A worker that is stopped in the middle of drawing something holds rows, until Postgres ends its transaction after
#: fifteen seconds (`core/db.py`): for so long others may have to wait.
UNTIL_FREED = 45.0


def under_way(full_stack: FullStack, phase: str) -> object:
    """A draft whose mail is held at `phase`, with every card at rest, so that its worker holds nothing else."""
    draft = full_stack.ingest()
    card = full_stack.card("U01ALICE", draft)
    full_stack.smtp.plan(phase, "hold")
    assert full_stack.slack.click("U01ALICE", card, "approve_send").ok
    full_stack.smtp.wait_held(phase)
    wait_until(lambda: not count("SELECT count(*) FROM drafts WHERE drawn_revision < revision"), what="the cards")
    return draft


def answer(full_stack: FullStack, phase: str, sleeper: Running) -> None:
    """Let the server answer, and return once the answer lies in the sleeper's socket for when it wakes."""
    full_stack.smtp.release(phase)
    wait_until(lambda: unread(sleeper, full_stack.smtp.port) > 0, what="the answer to arrive")


def unread(process: Running, server_port: int) -> int:
    """Bytes from this server that the kernel keeps for a process (/proc/net/tcp: hexadecimal, tx:rx)."""
    ours = {c.laddr.port for c in psutil.Process(process.pid).net_connections("tcp4") if c.raddr}
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return sum(
        int(row[4].partition(":")[2], 16)
        for row in rows
        if int(row[1].rpartition(":")[2], 16) in ours and int(row[2].rpartition(":")[2], 16) == server_port
    )


def test_one_that_slept_before_start_finds_its_mail_sent_by_another(full_stack: FullStack, tally: Tally) -> None:
    draft = under_way(full_stack, "rcpt")
    (sleeper,) = full_stack.workers
    sleeper.signal(signal.SIGSTOP)
    tally.stops += 1
    other = full_stack.start_worker()

    def sent() -> bool:
        backoff_passes()
        return full_stack.state(draft) == "sent"

    wait_until(sent, seconds=UNTIL_FREED, what=f"the other worker to send\n{full_stack.logs()}")
    answer(full_stack, "rcpt", sleeper)
    sleeper.signal(signal.SIGCONT)
    sleeper.wait_for_line('"reason": "start_refused"')
    sleeper.kill()
    full_stack.workers[:] = [other]

    settled(full_stack)
    assert len(full_stack.accepted()) == 1
    attempts = ask("SELECT outcome, reason, started_at IS NOT NULL FROM send_attempts ORDER BY id")
    assert attempts == [("not_sent", "lease_expired", False), ("sent", "accepted", True)]


def test_one_that_slept_after_the_dot_still_closes_its_mail(full_stack: FullStack, tally: Tally) -> None:
    before = len(full_stack.accepted())
    draft = under_way(full_stack, "dot")
    (sleeper,) = full_stack.workers
    sleeper.signal(signal.SIGSTOP)
    tally.stops += 1
    other = full_stack.start_worker()
    full_stack.wait_for(draft, "outcome_unknown", seconds=UNTIL_FREED)
    full_stack.wait_for_card("U02BOB", draft, "*Outcome unknown:*", seconds=UNTIL_FREED)

    answer(full_stack, "dot", sleeper)
    sleeper.signal(signal.SIGCONT)
    full_stack.wait_for(draft, "sent")
    full_stack.wait_for_card("U02BOB", draft, "*Sent* by <@U01ALICE>")
    sleeper.kill()
    full_stack.workers[:] = [other]

    settled(full_stack)
    assert len(full_stack.accepted()) == before + 1
    assert [verb for verb, *_ in full_stack.events(draft)][-2:] == ["lose", "confirm"]


@pytest.mark.parametrize(("phase", "ends"), [("rcpt", "sent"), ("data", "outcome_unknown")])
def test_a_lease_runs_out_by_itself(full_stack: FullStack, tally: Tally, phase: str, ends: str) -> None:
    draft = under_way(full_stack, phase)
    (worker,) = full_stack.workers
    worker.kill()
    tally.kills += 1
    tally.in_flight += 1
    full_stack.smtp.release(phase)
    full_stack.workers[:] = []
    full_stack.start_worker()
    settled(full_stack)
    assert full_stack.state(draft) == ends
