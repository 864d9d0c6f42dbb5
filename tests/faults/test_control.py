"""The control: the same harness, the same kill, and a worker that sends before it marks. The oracle must catch it."""

import pytest

from tests.faults.conftest import Open, verdict_on
from tests.faults.stage import ask, backoff_passes, leases_run_out
from tests.fixtures.waiting import wait_until

pytestmark = pytest.mark.faults


def test_a_worker_that_sends_before_it_marks_is_caught(own_full_stack: Open) -> None:
    with own_full_stack(workers=0) as full_stack:
        careless = full_stack.processes.start_module("tests.faults.careless_worker", **full_stack.env)
        draft = full_stack.ingest()
        card = full_stack.card("U01ALICE", draft)
        full_stack.smtp.plan("dot", "hold", accept=True)
        assert full_stack.slack.click("U01ALICE", card, "approve_send").ok
        full_stack.smtp.wait_held("dot")
        careless.kill()
        full_stack.smtp.release("dot")
        leases_run_out()
        full_stack.processes.start_module("tests.faults.careless_worker", **full_stack.env)

        def sent() -> bool:
            backoff_passes()
            return full_stack.state(draft) == "sent"

        wait_until(sent, seconds=20, what=f"the second mail\n{full_stack.logs()}")
        verdict = verdict_on(full_stack)
    assert verdict.duplicates == 1
    assert f"draft {draft} was accepted 2 times" in verdict.faults


def test_a_second_event_for_one_approval_is_a_fault(own_full_stack: Open) -> None:
    with own_full_stack(webs=0) as full_stack:
        draft = full_stack.ingest()
        full_stack.card("U01ALICE", draft)
        full_stack.approve_directly(draft)
        full_stack.wait_for(draft, "sent")
        ask(
            "INSERT INTO message_events (id, workspace_id, verb, surface, draft_id, delivery_id, data)"
            " SELECT gen_random_uuid(), workspace_id, verb, surface, draft_id, delivery_id, data"
            " FROM message_events WHERE verb = 'approve' AND draft_id = %s",
            draft,
        )
        assert "has 2 approvals" in " ".join(verdict_on(full_stack).faults)
