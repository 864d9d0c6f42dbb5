"""A team without a public URL: everything through the socket, from the card to the mail."""

from tests.fixtures.town import REVIEWERS, Towns
from tests.fixtures.waiting import wait_until


def test_a_click_through_the_socket_sends_one_mail_and_a_restart_loses_none(towns: Towns) -> None:
    town = towns(webs=0)
    token = {"SLACK_APP_TOKEN": town.slack.addresses()["app_token"]}
    first = town.processes.start("socket", **town.env | token)
    wait_until(lambda: town.slack.sockets() == 1, seconds=30, what="the line to Slack")

    draft = town.ingest()
    card = town.card("U01ALICE", draft)
    assert town.slack.click("U01ALICE", card, "approve_send").ok
    for member in REVIEWERS:
        town.wait_for_card(member, draft, "*Sent* by <@U01ALICE>")
    assert len(town.accepted()) == 1

    # A second one takes over while the first is replaced.
    town.processes.start("socket", **town.env | token)
    wait_until(lambda: town.slack.sockets() == 2, seconds=30, what="the second line")
    assert first.stop() == 0
    another = town.ingest()
    assert town.slack.click("U02BOB", town.card("U02BOB", another), "approve_send").ok
    town.wait_for_card("U02BOB", another, "*Sent* by <@U02BOB>")
    assert len(town.accepted()) == 2
