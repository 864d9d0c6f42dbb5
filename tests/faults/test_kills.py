"""kill -9 of a worker, with mails under way at every point of their way (P1, P2).

A worker is brought to a point without any hook in it: the mail server holds its reply, or the test holds a lock that
the next statement needs. All its mails stand there when it is killed. Another worker and the clock finish the work once
the dead worker's leases have run out (the test turns them back; test_stopped_worker.py waits them out).
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from core.ids import UUID
from tests.faults.conftest import settled
from tests.faults.relay import narrow
from tests.faults.stage import ask, count, leases_run_out, locked, wait_blocked
from tests.fixtures.cases import rounds
from tests.fixtures.full_stack import REVIEWERS, FullStack
from tests.fixtures.tally import Tally
from tests.fixtures.waiting import wait_until

pytestmark = pytest.mark.faults

#: As many as one worker has under way for one account.
IN_FLIGHT = 2
#: Twice in a mail, as text and as HTML: far more than the relay and the kernel take in.
LONG = "Hi Dana, " + "this is letter one. " * 4_900
ROUNDS = rounds(3)

Act = Callable[[], None]
Position = Callable[[FullStack, list[UUID], Act], AbstractContextManager[None]]


def _held_at(phase: str, **how: Any) -> Position:
    """The server has read the command of `phase` and keeps its reply; `how` is more of the rule."""

    @contextmanager
    def position(full_stack: FullStack, drafts: list[UUID], approve: Act) -> Iterator[None]:
        full_stack.smtp.plan(phase, "hold", times=len(drafts), **how)
        approve()
        full_stack.smtp.wait_held(phase, len(drafts))
        yield
        full_stack.smtp.release(phase)

    return position


@contextmanager
def _before_claim_commit(_full_stack: FullStack, drafts: list[UUID], approve: Act) -> Iterator[None]:
    with locked("LOCK TABLE send_attempts IN SHARE MODE"):
        # A claim that hangs holds its account, and nothing of it can be queued meanwhile: so all are before that.
        ask("UPDATE workspaces SET undo_seconds = 3")
        approve()
        ask("UPDATE workspaces SET undo_seconds = 0")
        wait_blocked("INSERT INTO send_attempts")
        wait_blocked("FROM accounts a", len(drafts) - 1)  # one claim of an account at a time
        yield


@contextmanager
def _before_start_commit(_full_stack: FullStack, drafts: list[UUID], approve: Act) -> Iterator[None]:
    with locked("SELECT FROM campaigns FOR NO KEY UPDATE"):
        approve()
        wait_blocked("FROM campaigns", len(drafts))
        yield


@contextmanager
def _in_body(full_stack: FullStack, drafts: list[UUID], approve: Act) -> Iterator[None]:
    """Each mail is larger than what the pipe to the server holds: the worker stands in its own `send`."""
    with narrow(full_stack.smtp.port, body_bytes=10_000) as relay:
        ask("UPDATE accounts SET smtp_url = %s", f"smtp://127.0.0.1:{relay.port}")
        approve()
        for _ in drafts:
            assert relay.full.acquire(timeout=15)
        yield
        ask("UPDATE accounts SET smtp_url = %s", f"smtp://127.0.0.1:{full_stack.smtp.port}")


@contextmanager
def _before_the_record(full_stack: FullStack, drafts: list[UUID], approve: Act) -> Iterator[None]:
    """The server has answered 250; what it said cannot be written down."""
    full_stack.smtp.plan("dot", "hold", times=len(drafts), accept=True)
    approve()
    full_stack.smtp.wait_held("dot", len(drafts))
    with locked("SELECT FROM send_queue WHERE draft_id = ANY (%s) FOR UPDATE", drafts):
        full_stack.smtp.release("dot")
        wait_blocked("FROM send_queue", len(drafts))
        yield


@contextmanager
def _before_the_card(full_stack: FullStack, drafts: list[UUID], approve: Act) -> Iterator[None]:
    """The mails are out and recorded; Slack is asked to show it, and hangs."""
    full_stack.smtp.plan("dot", "hold", times=len(drafts))
    approve()
    full_stack.smtp.wait_held("dot", len(drafts))
    wait_until(lambda: not count("SELECT count(*) FROM drafts WHERE drawn_revision < revision"), what="cards: sending")
    full_stack.slack.fault("chat.update", "delay", seconds=1.5, times=len(drafts))
    full_stack.smtp.release("dot")
    for draft in drafts:
        full_stack.wait_for(draft, "sent")
    wait_until(lambda: full_stack.slack.faults() == [], what="every draft's first card to hang")
    done = len(full_stack.slack.calls("chat.update"))
    yield
    # Slack still does what the dead worker asked. Nobody else draws these cards before their hold is over, which is
    # far longer: here it is over as soon as the late updates have landed.
    wait_until(
        lambda: len(full_stack.slack.calls("chat.update")) >= done + len(drafts), what="the late updates to land"
    )


@dataclass(frozen=True)
class Point:
    """A point of the way; where a mail that was there when its worker died ends; how often the server took it."""

    name: str
    position: Position
    ends: str
    attempts: int
    accepted: int
    body: str | None = None


POINTS = (
    Point("before-claim-commit", _before_claim_commit, "sent", attempts=1, accepted=1),
    Point("after-claim-commit", _held_at("connect"), "sent", attempts=2, accepted=1),
    Point("after-mail", _held_at("mail"), "sent", attempts=2, accepted=1),
    Point("after-rcpt", _held_at("rcpt"), "sent", attempts=2, accepted=1),
    Point("before-start-commit", _before_start_commit, "sent", attempts=2, accepted=1),
    Point("after-start-commit", _held_at("data"), "outcome_unknown", attempts=1, accepted=0),
    Point(
        "in-body",
        _in_body,
        "outcome_unknown",
        attempts=1,
        accepted=0,
        body=LONG,
    ),
    Point("body-in-the-kernel", _held_at("body", after=0, arrived=True), "outcome_unknown", attempts=1, accepted=1),
    Point("after-dot-not-yet-accepted", _held_at("dot"), "outcome_unknown", attempts=1, accepted=1),
    Point("after-dot-accepted", _held_at("dot", accept=True), "outcome_unknown", attempts=1, accepted=1),
    Point("after-250-before-the-record", _before_the_record, "outcome_unknown", attempts=1, accepted=1),
    Point("after-the-record-before-the-card", _before_the_card, "sent", attempts=1, accepted=1),
)


@pytest.mark.parametrize("point", POINTS, ids=lambda point: point.name)
@pytest.mark.parametrize("number", range(ROUNDS))
def test_a_killed_worker_neither_sends_twice_nor_loses_a_mail(
    full_stack: FullStack, tally: Tally, point: Point, number: int
) -> None:
    drafts = [full_stack.ingest(**({"body": point.body} if point.body else {})) for _ in range(IN_FLIGHT)]
    cards = [full_stack.card(REVIEWERS[number % 3], draft) for draft in drafts]

    def approve() -> None:
        for card in cards:
            assert full_stack.slack.click(REVIEWERS[number % 3], card, "approve_send").ok

    full_stack.smtp.cut()  # a session that was kept from the round before would pass some phases by
    with point.position(full_stack, drafts, approve):
        worker = full_stack.workers.pop()
        worker.kill()
        tally.kills += 1
        tally.in_flight += len(drafts)
    leases_run_out()
    full_stack.start_worker()

    full_stack.smtp.wait_quiet()  # what a server has read of a dead client's mail, it may still take
    settled(full_stack)
    assert [full_stack.state(draft) for draft in drafts] == [point.ends] * IN_FLIGHT
    attempts = ask("SELECT message_id FROM send_attempts WHERE draft_id = ANY (%s)", drafts)
    assert len(attempts) == point.attempts * IN_FLIGHT
    ours = {message_id for (message_id,) in attempts}
    accepted = len([mail for mail in full_stack.accepted() if mail["message_id"] in ours])
    assert accepted == point.accepted * IN_FLIGHT
