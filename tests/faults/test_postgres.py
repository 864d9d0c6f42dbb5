"""Postgres restarted, killed and frozen, with mails under way (P1, P2) and under a click (P6)."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from core.ids import UUID
from tests.faults.conftest import settled
from tests.faults.servers import crash_postgres, frozen_postgres, restart_postgres
from tests.faults.stage import ask, holds_run_out
from tests.fixtures.town import Town
from tests.fixtures.waiting import wait_until

pytestmark = pytest.mark.faults

TOWN = {"workers": 2, "clocks": 2}
DRAFTS = 30
DEADLINE = 3.0


def thirty_under_way(town: Town) -> list[UUID]:
    """Thirty approved drafts: two are sent, two are held at the dot, two at RCPT, the others wait."""
    drafts = [town.ingest() for _ in range(DRAFTS)]
    settled(town)
    town.smtp.plan("dot", "hold", times=2, skip=2)
    town.smtp.plan("rcpt", "hold", times=2, skip=4)
    for draft in drafts:
        assert town.slack.click("U01ALICE", town.card("U01ALICE", draft), "approve_send").ok
    town.smtp.wait_held("dot", 2)
    town.smtp.wait_held("rcpt", 2)
    return drafts


@pytest.mark.parametrize("befalls", [restart_postgres, crash_postgres])
def test_a_restart_of_postgres_doubles_and_loses_nothing(
    town: Town, servers: Path, befalls: Callable[[Path], None]
) -> None:
    drafts = thirty_under_way(town)
    befalls(servers)
    town.smtp.release("rcpt")
    town.smtp.release("dot")
    holds_run_out()  # of jobs that could not say that they had drawn their card
    settled(town)
    # No worker died: each of them knew what the server had said, and went on until it could write it down.
    assert {town.state(draft) for draft in drafts} == {"sent"}


def test_the_server_s_answer_is_kept_while_postgres_is_away(town: Town, servers: Path) -> None:
    """The 250 comes while nobody can write it down; the start of another mail fails, and it is sent later."""
    drafts = thirty_under_way(town)
    with frozen_postgres(servers):
        town.smtp.release("rcpt")
        town.smtp.release("dot")
        wait_until(lambda: town.smtp.held("dot") == 0, what="the replies to leave")
    settled(town)
    assert {town.state(draft) for draft in drafts} == {"sent"}


def test_a_click_on_a_frozen_postgres_is_told_in_time_and_changes_nothing(town: Town, servers: Path) -> None:
    draft = town.ingest()
    card = town.card("U01ALICE", draft)
    settled(town)
    with frozen_postgres(servers):
        began = time.monotonic()
        result = town.slack.click("U01ALICE", card, "approve_send")
        told = wait_until(
            lambda: [m for m in town.slack.messages("U01ALICE") if "Nothing happened" in m["text"]],
            seconds=DEADLINE,
            what="Alice to learn of it",
        )
        took = time.monotonic() - began
    assert not result.ok
    assert told[-1]["ephemeral"]
    assert took < DEADLINE
    settled(town)
    assert town.state(draft) == "needs_review"
    assert [verb for verb, *_ in town.events(draft)] == ["ingest"]
    assert ask("SELECT count(*) FROM send_queue WHERE draft_id = %s", draft) == [(0,)]

    assert town.slack.click("U01ALICE", card, "approve_send").ok
    town.wait_for(draft, "sent")
