"""The whole way of a draft, through real processes: a click in Slack, one mail, and the truth on every card."""

from bot.sandbox.client import button
from tests.fixtures.full_stack import REVIEWERS, FullStacks


def test_a_click_sends_one_mail_and_every_card_says_so(full_stacks: FullStacks) -> None:
    full_stack = full_stacks()
    draft = full_stack.ingest()
    cards = {member: full_stack.card(member, draft) for member in REVIEWERS}

    result = full_stack.slack.click("U01ALICE", cards["U01ALICE"], "approve_send")
    assert result.ok, result

    for member in REVIEWERS:
        card = full_stack.wait_for_card(member, draft, "*Sent* by <@U01ALICE>")
        assert button(card, "approve_send") is None
        assert len(full_stack.cards(member, draft)) == 1
    (mail,) = full_stack.accepted()
    assert mail["rcpt_to"] == ["dana1@example.org"]
    assert [verb for verb, *_ in full_stack.events(draft)] == ["ingest", "approve", "claim", "start", "deliver"]
