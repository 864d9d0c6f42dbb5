"""P7: after a pause commits, no mail of the campaign passes the point before DATA, however far it had come."""

import pytest

from tests.faults.conftest import settled
from tests.faults.stage import count
from tests.fixtures.town import REVIEWERS, Town

pytestmark = pytest.mark.faults


def test_a_pause_holds_back_what_the_recipient_s_server_has_agreed_to_take(town: Town) -> None:
    drafts = [town.ingest() for _ in range(2)]
    town.smtp.plan("rcpt", "hold", times=2)
    for draft in drafts:
        town.slack.click("U01ALICE", town.card("U01ALICE", draft), "approve_send")
    town.smtp.wait_held("rcpt", 2)

    paused = town.slack.command("U03CAROL", "/outreach pause launch")
    assert paused.ok
    assert "2 mails are waiting. 2 were about to leave, none did." in paused.body
    town.smtp.release("rcpt")
    town.smtp.wait_quiet(seconds=30)  # a session is kept for some seconds

    for draft in drafts:
        town.wait_for(draft, "waiting")
        for member in REVIEWERS:
            town.wait_for_card(member, draft, "Autumn launch is paused")
    assert town.accepted() == []
    assert not any("DATA" in session["verbs"] for session in town.smtp.sessions())
    assert count("SELECT max(tries) FROM send_queue") == 0, "being paused is not a try"

    assert town.slack.command("U03CAROL", "/outreach resume launch").ok
    for draft in drafts:
        town.wait_for(draft, "sent")
    settled(town)
    assert len(town.accepted()) == 2
