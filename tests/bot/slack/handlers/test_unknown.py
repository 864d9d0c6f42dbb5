"""An unknown outcome in Slack: what is known, the two buttons, and who may use them."""

import json

import pytest

from bot.sandbox.client import Json, button
from core.ids import UUID
from tests.core.delivery.test_unknown import wait_out
from tests.fixtures.desk import SENT, UNKNOWN
from tests.fixtures.office import ALICE, CAROL, Office, live_buttons
from tests.fixtures.waiting import wait_until


def lost(office: Office) -> UUID:
    """A draft on its cards, whose outcome has been unknown for longer than the wait."""
    draft = office.shown()
    office.deliver(draft, UNKNOWN)
    wait_out(office)
    office.sync(draft)
    return draft


def says(message: Json) -> str:
    return json.dumps(message["blocks"], ensure_ascii=False)


def modal_text(view: Json) -> str:
    return json.dumps(view["blocks"], ensure_ascii=False)


def test_the_card_says_what_is_known_and_has_two_buttons(office: Office) -> None:
    draft = lost(office)
    card = office.card(CAROL, draft)
    assert "*Outcome unknown:*" in says(card)
    assert "Last known step: the reply to the final dot with 127.0.0.1" in says(card)
    assert f"/drafts/{draft}|its Message-ID>" in says(card)
    assert live_buttons(card) == set()
    arrived, again = button(card, "it_arrived"), button(card, "send_again")
    assert arrived is not None
    assert again is not None
    assert arrived["confirm"]["confirm"]["text"] == "It arrived"


def test_an_admin_who_does_not_review_gets_a_card_too(office: Office) -> None:
    office.sql(
        "DELETE FROM campaign_reviewers WHERE member_id = (SELECT id FROM members WHERE slack_user_id = %s)", CAROL
    )
    draft = office.shown()
    assert office.cards(CAROL, draft) == []
    office.deliver(draft, UNKNOWN)
    office.sync(draft)
    assert button(office.card(CAROL, draft), "send_again")


def test_it_arrived(office: Office) -> None:
    draft = lost(office)
    assert office.slack.click(CAROL, office.card(CAROL, draft), "it_arrived").ok
    assert office.state(draft) == "sent"
    assert wait_until(lambda: office.rings()["cards"] == 1, what="the ring")
    office.sync(draft)
    for member in (ALICE, CAROL):
        card = office.card(member, draft)
        assert "*Sent* by" in says(card)
        assert button(card, "it_arrived") is None, "no live button outlives its meaning"


def test_it_did_not_and_is_sent_again_after_a_second_thought(office: Office) -> None:
    draft = lost(office)
    ((message_id,),) = office.rows("SELECT message_id FROM send_attempts")
    assert office.slack.click(CAROL, office.card(CAROL, draft), "send_again").ok
    view = office.modal(CAROL, "get it *twice*")
    assert message_id.strip("<>") in modal_text(view)
    assert office.state(draft) == "outcome_unknown"
    assert office.slack.submit(CAROL, view).ok
    assert office.statuses(draft) == ("approved", ["queued"])
    assert wait_until(lambda: office.rings() == {"deliver": 1, "cards": 1}, what="the rings")
    claimed = office.claim()
    assert office.start(claimed)
    office.finish(claimed, SENT)
    office.sync(draft)
    assert f"<@{CAROL}> had it sent again at" in says(office.card(ALICE, draft))


def test_too_early_says_from_when_on(office: Office) -> None:
    draft = office.shown()
    office.deliver(draft, UNKNOWN)
    office.sync(draft)
    office.slack.click(CAROL, office.card(CAROL, draft), "send_again")
    view = office.modal(CAROL, "Not yet")
    assert "It can be sent again from" in modal_text(view)
    assert "submit" not in view or view["submit"] is None


@pytest.mark.parametrize("action", ["it_arrived", "send_again"])
def test_a_reviewer_is_refused_kindly_and_it_is_an_event(office: Office, action: str) -> None:
    draft = lost(office)
    assert office.slack.click(ALICE, office.card(ALICE, draft), action).ok
    if action == "it_arrived":
        office.wait_told(ALICE, "This needs the role admin or above; yours is reviewer.")
    else:
        office.modal(ALICE, "This needs the role admin or above")
    office.quiet()
    assert office.state(draft) == "outcome_unknown"
    assert office.events(draft)[-1] == ("refuse", None, None, "role_too_low")


def test_two_who_are_sure_send_it_once(office: Office) -> None:
    draft = lost(office)
    card = office.card(CAROL, draft)
    office.slack.click(CAROL, card, "send_again")
    first = office.modal(CAROL, "get it *twice*")
    office.slack.click(CAROL, card, "it_arrived")
    assert office.state(draft) == "sent"
    office.slack.submit(CAROL, first)
    office.modal(CAROL, "and it was sent")
    assert office.statuses(draft) == ("approved", ["sent"])


def test_a_click_on_an_old_card_is_about_the_old_try(office: Office) -> None:
    draft = lost(office)
    old = office.card(CAROL, draft)
    office.slack.click(CAROL, old, "send_again")
    office.slack.submit(CAROL, office.modal(CAROL, "get it *twice*"))
    claimed = office.claim()
    assert office.start(claimed)
    office.finish(claimed, UNKNOWN)
    wait_out(office)
    office.slack.click(CAROL, old, "it_arrived")
    office.wait_told(CAROL, "about an earlier try")
    assert office.state(draft) == "outcome_unknown"


def test_what_arrived_twice_is_loud_on_every_card(office: Office) -> None:
    draft = office.shown()
    first = office.deliver(draft, UNKNOWN)
    wait_out(office)
    office.sync(draft)
    office.slack.click(CAROL, office.card(CAROL, draft), "send_again")
    office.slack.submit(CAROL, office.modal(CAROL, "get it *twice*"))
    second = office.claim()
    assert office.start(second)
    office.finish(second, SENT)
    office.finish(first, SENT)
    office.sync(draft)
    for member in (ALICE, CAROL):
        assert "this person got it twice" in says(office.card(member, draft))
