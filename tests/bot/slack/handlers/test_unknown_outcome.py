"""An unknown outcome in Slack: what is known, the two buttons, and who may use them."""

import json

import pytest

from bot.sandbox.client import Json, button
from core.ids import UUID
from tests.core.delivery.unknown_parts import wait_out
from tests.fixtures.domain import SENT, UNKNOWN
from tests.fixtures.domain_with_slack import ALICE, CAROL, DomainWithSlack, live_buttons
from tests.fixtures.waiting import wait_until


def lost(domain_with_slack: DomainWithSlack) -> UUID:
    """A draft on its cards, whose outcome has been unknown for longer than the wait."""
    draft = domain_with_slack.shown()
    domain_with_slack.deliver(draft, UNKNOWN)
    wait_out(domain_with_slack)
    domain_with_slack.sync(draft)
    return draft


def says(message: Json) -> str:
    return json.dumps(message["blocks"], ensure_ascii=False)


def modal_text(view: Json) -> str:
    return json.dumps(view["blocks"], ensure_ascii=False)


def test_the_card_says_what_is_known_and_has_two_buttons(domain_with_slack: DomainWithSlack) -> None:
    draft = lost(domain_with_slack)
    card = domain_with_slack.card(CAROL, draft)
    assert "*Outcome unknown:*" in says(card)
    assert "Last known step: the reply to the final dot with 127.0.0.1" in says(card)
    assert f"/drafts/{draft}|its Message-ID>" in says(card)
    assert live_buttons(card) == set()
    arrived, again = button(card, "it_arrived"), button(card, "send_again")
    assert arrived is not None
    assert again is not None
    assert arrived["confirm"]["confirm"]["text"] == "It arrived"


def test_an_admin_who_does_not_review_gets_a_card_too(domain_with_slack: DomainWithSlack) -> None:
    domain_with_slack.sql(
        "DELETE FROM campaign_reviewers WHERE member_id = (SELECT id FROM members WHERE slack_user_id = %s)", CAROL
    )
    draft = domain_with_slack.shown()
    assert domain_with_slack.cards(CAROL, draft) == []
    domain_with_slack.deliver(draft, UNKNOWN)
    domain_with_slack.sync(draft)
    assert button(domain_with_slack.card(CAROL, draft), "send_again")


def test_it_arrived(domain_with_slack: DomainWithSlack) -> None:
    draft = lost(domain_with_slack)
    assert domain_with_slack.slack.click(CAROL, domain_with_slack.card(CAROL, draft), "it_arrived").ok
    assert domain_with_slack.state(draft) == "sent"
    assert wait_until(lambda: domain_with_slack.rings()["cards"] == 1, what="the ring")
    domain_with_slack.sync(draft)
    for member in (ALICE, CAROL):
        card = domain_with_slack.card(member, draft)
        assert "*Sent* by" in says(card)
        assert button(card, "it_arrived") is None, "no live button outlives its meaning"


def test_it_did_not_and_is_sent_again_after_a_second_thought(domain_with_slack: DomainWithSlack) -> None:
    draft = lost(domain_with_slack)
    ((message_id,),) = domain_with_slack.rows("SELECT message_id FROM send_attempts")
    assert domain_with_slack.slack.click(CAROL, domain_with_slack.card(CAROL, draft), "send_again").ok
    view = domain_with_slack.modal(CAROL, "get it *twice*")
    assert message_id.strip("<>") in modal_text(view)
    assert domain_with_slack.state(draft) == "outcome_unknown"
    assert domain_with_slack.slack.submit(CAROL, view).ok
    assert domain_with_slack.statuses(draft) == ("approved", ["queued"])
    assert wait_until(lambda: domain_with_slack.rings() == {"deliver": 1, "cards": 1}, what="the rings")
    claimed = domain_with_slack.claim()
    assert domain_with_slack.start(claimed)
    domain_with_slack.finish(claimed, SENT)
    domain_with_slack.sync(draft)
    assert f"<@{CAROL}> sent it again at" in says(domain_with_slack.card(ALICE, draft))


def test_too_early_says_from_when_on(domain_with_slack: DomainWithSlack) -> None:
    draft = domain_with_slack.shown()
    domain_with_slack.deliver(draft, UNKNOWN)
    domain_with_slack.sync(draft)
    domain_with_slack.slack.click(CAROL, domain_with_slack.card(CAROL, draft), "send_again")
    view = domain_with_slack.modal(CAROL, "Not yet")
    assert "It can be sent again from" in modal_text(view)
    assert "submit" not in view or view["submit"] is None


@pytest.mark.parametrize("action", ["it_arrived", "send_again"])
def test_a_reviewer_is_refused_kindly_and_it_is_an_event(domain_with_slack: DomainWithSlack, action: str) -> None:
    draft = lost(domain_with_slack)
    assert domain_with_slack.slack.click(ALICE, domain_with_slack.card(ALICE, draft), action).ok
    if action == "it_arrived":
        domain_with_slack.wait_told(ALICE, "This needs the role admin or above; yours is reviewer.")
    else:
        domain_with_slack.modal(ALICE, "This needs the role admin or above")
    domain_with_slack.quiet()
    assert domain_with_slack.state(draft) == "outcome_unknown"
    assert domain_with_slack.events(draft)[-1] == ("refuse", None, None, "role_too_low")


def test_two_who_are_sure_send_it_once(domain_with_slack: DomainWithSlack) -> None:
    draft = lost(domain_with_slack)
    card = domain_with_slack.card(CAROL, draft)
    domain_with_slack.slack.click(CAROL, card, "send_again")
    first = domain_with_slack.modal(CAROL, "get it *twice*")
    domain_with_slack.slack.click(CAROL, card, "it_arrived")
    assert domain_with_slack.state(draft) == "sent"
    domain_with_slack.slack.submit(CAROL, first)
    domain_with_slack.modal(CAROL, "and it was sent")
    assert domain_with_slack.statuses(draft) == ("approved", ["sent"])


def test_a_click_on_an_old_card_is_about_the_old_try(domain_with_slack: DomainWithSlack) -> None:
    draft = lost(domain_with_slack)
    old = domain_with_slack.card(CAROL, draft)
    domain_with_slack.slack.click(CAROL, old, "send_again")
    domain_with_slack.slack.submit(CAROL, domain_with_slack.modal(CAROL, "get it *twice*"))
    claimed = domain_with_slack.claim()
    assert domain_with_slack.start(claimed)
    domain_with_slack.finish(claimed, UNKNOWN)
    wait_out(domain_with_slack)
    domain_with_slack.slack.click(CAROL, old, "it_arrived")
    domain_with_slack.wait_told(CAROL, "about an earlier attempt")
    assert domain_with_slack.state(draft) == "outcome_unknown"


def test_what_arrived_twice_is_loud_on_every_card(domain_with_slack: DomainWithSlack) -> None:
    draft = domain_with_slack.shown()
    first = domain_with_slack.deliver(draft, UNKNOWN)
    wait_out(domain_with_slack)
    domain_with_slack.sync(draft)
    domain_with_slack.slack.click(CAROL, domain_with_slack.card(CAROL, draft), "send_again")
    domain_with_slack.slack.submit(CAROL, domain_with_slack.modal(CAROL, "get it *twice*"))
    second = domain_with_slack.claim()
    assert domain_with_slack.start(second)
    domain_with_slack.finish(second, SENT)
    domain_with_slack.finish(first, SENT)
    domain_with_slack.sync(draft)
    for member in (ALICE, CAROL):
        assert "this person got it twice" in says(domain_with_slack.card(member, draft))
