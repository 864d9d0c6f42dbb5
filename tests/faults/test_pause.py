"""P7: after a pause commits, no mail of the campaign passes the point before DATA, however far it had come."""

import pytest

from tests.faults.conftest import settled
from tests.faults.stage import count
from tests.fixtures.full_stack import REVIEWERS, FullStack

pytestmark = pytest.mark.faults


def test_a_pause_holds_back_what_the_recipient_s_server_has_agreed_to_take(full_stack: FullStack) -> None:
    drafts = [full_stack.ingest() for _ in range(2)]
    full_stack.smtp.plan("rcpt", "hold", times=2)
    for draft in drafts:
        full_stack.slack.click("U01ALICE", full_stack.card("U01ALICE", draft), "approve_send")
    full_stack.smtp.wait_held("rcpt", 2)

    paused = full_stack.slack.command("U03CAROL", "/outreach pause launch")
    assert paused.ok
    assert "2 mails are waiting. 2 were about to be sent and were stopped." in paused.body
    full_stack.smtp.release("rcpt")
    full_stack.smtp.wait_quiet(seconds=30)  # a session is kept for some seconds

    for draft in drafts:
        full_stack.wait_for(draft, "waiting")
        for member in REVIEWERS:
            full_stack.wait_for_card(member, draft, "Autumn launch is paused")
    assert full_stack.accepted() == []
    assert not any("DATA" in session["verbs"] for session in full_stack.smtp.sessions())
    assert count("SELECT max(tries) FROM send_queue") == 0, "being paused is not a try"

    assert full_stack.slack.command("U03CAROL", "/outreach resume launch").ok
    for draft in drafts:
        full_stack.wait_for(draft, "sent")
    settled(full_stack)
    assert len(full_stack.accepted()) == 2
