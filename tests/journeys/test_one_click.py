"""The whole way of a draft, through real processes: a click in Slack, one mail, and the truth on every card."""

from bot.sandbox.client import button
from tests.fixtures.town import REVIEWERS, Towns


def test_a_click_sends_one_mail_and_every_card_says_so(towns: Towns) -> None:
    town = towns()
    draft = town.ingest()
    cards = {member: town.card(member, draft) for member in REVIEWERS}

    result = town.slack.click("U01ALICE", cards["U01ALICE"], "approve_send")
    assert result.ok, result

    for member in REVIEWERS:
        card = town.wait_for_card(member, draft, "*Sent* by <@U01ALICE>")
        assert button(card, "approve_send") is None
        assert len(town.cards(member, draft)) == 1
    (mail,) = town.accepted()
    assert mail["rcpt_to"] == ["dana1@example.org"]
    assert [verb for verb, *_ in town.events(draft)] == ["ingest", "approve", "claim", "start", "deliver"]
