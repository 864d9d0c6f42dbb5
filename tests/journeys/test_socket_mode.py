"""A team without a public URL: everything through the socket, from the card to the mail."""

from tests.fixtures.full_stack import REVIEWERS, FullStacks
from tests.fixtures.waiting import wait_until


def test_a_click_through_the_socket_sends_one_mail_and_a_restart_loses_none(full_stacks: FullStacks) -> None:
    full_stack = full_stacks(webs=0)
    token = {"SLACK_APP_TOKEN": full_stack.slack.addresses()["app_token"]}
    first = full_stack.processes.start("socket", **full_stack.env | token)
    wait_until(lambda: full_stack.slack.sockets() == 1, seconds=30, what="the line to Slack")

    draft = full_stack.ingest()
    card = full_stack.card("U01ALICE", draft)
    assert full_stack.slack.click("U01ALICE", card, "approve_send").ok
    for member in REVIEWERS:
        full_stack.wait_for_card(member, draft, "*Sent* by <@U01ALICE>")
    assert len(full_stack.accepted()) == 1

    # A second one takes over while the first is replaced.
    full_stack.processes.start("socket", **full_stack.env | token)
    wait_until(lambda: full_stack.slack.sockets() == 2, seconds=30, what="the second line")
    assert first.stop() == 0
    another = full_stack.ingest()
    assert full_stack.slack.click("U02BOB", full_stack.card("U02BOB", another), "approve_send").ok
    full_stack.wait_for_card("U02BOB", another, "*Sent* by <@U02BOB>")
    assert len(full_stack.accepted()) == 2
