"""Postgres restarted, killed and frozen, with mails under way (P1, P2) and under a click (P6)."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from core.ids import UUID
from tests.faults.conftest import settled
from tests.faults.servers import crash_postgres, frozen_postgres, restart_postgres
from tests.faults.stage import ask, holds_run_out
from tests.fixtures.full_stack import FullStack
from tests.fixtures.waiting import wait_until

pytestmark = pytest.mark.faults

FULL_STACK = {"workers": 2, "clocks": 2}
DRAFTS = 30
DEADLINE = 3.0


def thirty_under_way(full_stack: FullStack) -> list[UUID]:
    """Thirty approved drafts: two are sent, two are held at the dot, two at RCPT, the others wait."""
    drafts = [full_stack.ingest() for _ in range(DRAFTS)]
    settled(full_stack)
    full_stack.smtp.plan("dot", "hold", times=2, skip=2)
    full_stack.smtp.plan("rcpt", "hold", times=2, skip=4)
    for draft in drafts:
        assert full_stack.slack.click("U01ALICE", full_stack.card("U01ALICE", draft), "approve_send").ok
    full_stack.smtp.wait_held("dot", 2)
    full_stack.smtp.wait_held("rcpt", 2)
    return drafts


@pytest.mark.parametrize("befalls", [restart_postgres, crash_postgres])
def test_a_restart_of_postgres_doubles_and_loses_nothing(
    full_stack: FullStack, servers: Path, befalls: Callable[[Path], None]
) -> None:
    drafts = thirty_under_way(full_stack)
    befalls(servers)
    full_stack.smtp.release("rcpt")
    full_stack.smtp.release("dot")
    holds_run_out()  # of jobs that could not say that they had drawn their card
    settled(full_stack)
    # No worker died: each of them knew what the server had said, and went on until it could write it down.
    assert {full_stack.state(draft) for draft in drafts} == {"sent"}


def test_the_server_s_answer_is_kept_while_postgres_is_away(full_stack: FullStack, servers: Path) -> None:
    """The 250 comes while nobody can write it down; the start of another mail fails, and it is sent later."""
    drafts = thirty_under_way(full_stack)
    with frozen_postgres(servers):
        full_stack.smtp.release("rcpt")
        full_stack.smtp.release("dot")
        wait_until(lambda: full_stack.smtp.held("dot") == 0, what="the replies to leave")
    settled(full_stack)
    assert {full_stack.state(draft) for draft in drafts} == {"sent"}


def test_a_click_on_a_frozen_postgres_is_told_in_time_and_changes_nothing(full_stack: FullStack, servers: Path) -> None:
    draft = full_stack.ingest()
    card = full_stack.card("U01ALICE", draft)
    settled(full_stack)
    with frozen_postgres(servers):
        began = time.monotonic()
        result = full_stack.slack.click("U01ALICE", card, "approve_send")
        told = wait_until(
            lambda: [m for m in full_stack.slack.messages("U01ALICE") if "Nothing happened" in m["text"]],
            seconds=DEADLINE,
            what="Alice to learn of it",
        )
        took = time.monotonic() - began
    assert not result.ok
    assert told[-1]["ephemeral"]
    assert took < DEADLINE
    settled(full_stack)
    assert full_stack.state(draft) == "needs_review"
    assert [verb for verb, *_ in full_stack.events(draft)] == ["ingest"]
    assert ask("SELECT count(*) FROM send_queue WHERE draft_id = %s", draft) == [(0,)]

    assert full_stack.slack.click("U01ALICE", card, "approve_send").ok
    full_stack.wait_for(draft, "sent")
