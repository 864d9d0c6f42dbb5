"""The control: the same harness, the same kill, and a worker that sends before it marks. The oracle must catch it."""

import pytest

from tests.faults.conftest import Open, verdict_on
from tests.faults.stage import ask, backoff_passes, leases_run_out
from tests.fixtures.waiting import wait_until

pytestmark = pytest.mark.faults


def test_a_worker_that_sends_before_it_marks_is_caught(own_town: Open) -> None:
    with own_town(workers=0) as town:
        careless = town.processes.start_module("tests.faults.careless_worker", **town.env)
        draft = town.ingest()
        card = town.card("U01ALICE", draft)
        town.smtp.plan("dot", "hold", accept=True)
        assert town.slack.click("U01ALICE", card, "approve_send").ok
        town.smtp.wait_held("dot")
        careless.kill()
        town.smtp.release("dot")
        leases_run_out()
        town.processes.start_module("tests.faults.careless_worker", **town.env)

        def sent() -> bool:
            backoff_passes()
            return town.state(draft) == "sent"

        wait_until(sent, seconds=20, what=f"the second mail\n{town.logs()}")
        verdict = verdict_on(town)
    assert verdict.duplicates == 1
    assert f"draft {draft} was accepted 2 times" in verdict.faults


def test_a_second_event_for_one_approval_is_a_fault(own_town: Open) -> None:
    with own_town(webs=0) as town:
        draft = town.ingest()
        town.card("U01ALICE", draft)
        town.approve_directly(draft)
        town.wait_for(draft, "sent")
        ask(
            "INSERT INTO message_events (id, workspace_id, verb, surface, draft_id, delivery_id, data)"
            " SELECT gen_random_uuid(), workspace_id, verb, surface, draft_id, delivery_id, data"
            " FROM message_events WHERE verb = 'approve' AND draft_id = %s",
            draft,
        )
        assert "has 2 approvals" in " ".join(verdict_on(town).faults)
