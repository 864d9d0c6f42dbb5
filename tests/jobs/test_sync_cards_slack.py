"""Cards, whatever Slack does: rate limits, outages, lost messages, and people and channels that are gone (P2, P9)."""

import time
from typing import Any

import pytest

from bot.sandbox.client import button
from core.cards.draft_card import draft_card
from core.db import transaction
from core.surfaces import cards
from jobs import draw, reconcile
from jobs.slack.client import call
from tests.fixtures.domain import SENT
from tests.fixtures.domain_with_slack import ALICE, BOB, CAROL, DomainWithSlack, live_buttons
from tests.fixtures.full_stack import REVIEWERS
from tests.fixtures.waiting import wait_until
from tests.jobs.test_sync_cards import behind, posted, text

# --- what Slack does ---


def test_a_rate_limit_is_waited_for_without_a_sleeping_thread(domain_with_slack: DomainWithSlack) -> None:
    draft = domain_with_slack.ingest()
    domain_with_slack.slack.fault("chat.postMessage", "ratelimited", retry_after=30)
    began = time.monotonic()
    assert not domain_with_slack.sync(draft)
    assert time.monotonic() - began < 5
    ((wait,),) = domain_with_slack.rows("SELECT extract(epoch FROM sync_after - now())::float FROM drafts")
    assert 25 < wait <= 30
    assert behind(domain_with_slack, draft)
    assert [call["error"] for call in domain_with_slack.slack.calls("chat.postMessage")] == ["fault:ratelimited"]
    domain_with_slack.let_calls_rest()
    assert domain_with_slack.sync(draft)  # what the clock does then
    assert all(len(domain_with_slack.cards(member, draft)) == 1 for member in REVIEWERS)


@pytest.mark.parametrize(
    "fault",
    [{"kind": "status", "status": 503}, {"kind": "error", "code": "fatal_error"}, {"kind": "status", "status": 200}],
)
def test_an_outage_of_slack_is_waited_for(domain_with_slack: DomainWithSlack, fault: dict[str, Any]) -> None:
    draft = domain_with_slack.ingest()
    domain_with_slack.slack.fault("*", times=1000, **fault)
    assert not domain_with_slack.sync(draft)
    assert behind(domain_with_slack, draft)
    domain_with_slack.slack.clear_faults()
    assert domain_with_slack.sync(draft)
    assert all(len(domain_with_slack.cards(member, draft)) == 1 for member in REVIEWERS)


def test_a_deleted_message_is_posted_anew_and_remembered(domain_with_slack: DomainWithSlack) -> None:
    draft = domain_with_slack.shown()
    lost = domain_with_slack.card(ALICE, draft)
    domain_with_slack.slack.delete_message(lost)
    domain_with_slack.approve(draft)
    assert domain_with_slack.sync(draft)
    new = domain_with_slack.card(ALICE, draft)
    assert new["ts"] != lost["ts"]
    assert "*Sending …*" in text(new)
    claimed = domain_with_slack.claim()
    domain_with_slack.start(claimed)
    domain_with_slack.finish(claimed, SENT)
    domain_with_slack.sync(draft)
    assert "*Sent*" in text(domain_with_slack.card(ALICE, draft))
    assert domain_with_slack.card(ALICE, draft)["ts"] == new["ts"]


def test_a_post_whose_answer_was_lost_is_found_and_not_posted_twice(domain_with_slack: DomainWithSlack) -> None:
    """Slack did it, and the answer never came: a crash between the post and its record looks the same."""
    draft = domain_with_slack.ingest()
    domain_with_slack.slack.fault("chat.postMessage", "drop")
    assert not domain_with_slack.sync(draft)
    domain_with_slack.approve(draft)
    assert domain_with_slack.sync(draft)
    for member in REVIEWERS:
        assert "*Sending …*" in text(domain_with_slack.card(member, draft))
    assert len(domain_with_slack.slack.calls("conversations.history")) == 1


def test_a_closed_dm_is_opened_again(domain_with_slack: DomainWithSlack) -> None:
    draft = domain_with_slack.shown()
    domain_with_slack.slack.close_dm(ALICE)
    other = domain_with_slack.shown()
    domain_with_slack.approve(draft)
    domain_with_slack.sync(draft)
    assert len(domain_with_slack.cards(ALICE, other)) == 1
    assert any("*Sending …*" in text(card) for card in domain_with_slack.cards(ALICE, draft))


def test_a_member_who_left_gets_no_card_and_the_others_do(domain_with_slack: DomainWithSlack) -> None:
    domain_with_slack.slack.deactivate(ALICE)
    draft = domain_with_slack.ingest()
    assert domain_with_slack.sync(draft)
    assert domain_with_slack.rows("SELECT active FROM members WHERE slack_user_id = %s", ALICE) == [(False,)]
    assert domain_with_slack.cards(ALICE, draft) == []
    assert len(domain_with_slack.cards(BOB, draft)) == 1


def test_p2_without_a_reviewer_left_the_admins_get_the_draft(domain_with_slack: DomainWithSlack) -> None:
    domain_with_slack.sql(
        "DELETE FROM campaign_reviewers WHERE member_id <> (SELECT id FROM members WHERE slack_user_id = %s)", ALICE
    )
    domain_with_slack.slack.deactivate(ALICE)
    draft = domain_with_slack.ingest()
    assert domain_with_slack.sync(draft)
    assert domain_with_slack.cards(ALICE, draft) == []
    assert live_buttons(domain_with_slack.card(CAROL, draft))
    assert domain_with_slack.cards(BOB, draft) == []


def test_p2_what_waited_for_a_member_who_left_is_handed_on_too(domain_with_slack: DomainWithSlack) -> None:
    domain_with_slack.sql(
        "DELETE FROM campaign_reviewers WHERE member_id <> (SELECT id FROM members WHERE slack_user_id = %s)", ALICE
    )
    waiting = domain_with_slack.shown()
    domain_with_slack.slack.deactivate(ALICE)
    domain_with_slack.sql("UPDATE members SET checked_at = now() - interval '1 day'")
    draft = domain_with_slack.ingest()
    assert domain_with_slack.sync(draft)
    assert live_buttons(domain_with_slack.card(CAROL, draft))
    assert behind(domain_with_slack, waiting), "the clock will ring for it"
    assert domain_with_slack.sync(waiting)
    assert live_buttons(domain_with_slack.card(CAROL, waiting))


def test_the_channel_of_a_campaign_has_a_card_of_its_own(domain_with_slack: DomainWithSlack) -> None:
    domain_with_slack.sql("UPDATE campaigns SET slack_channel = 'C01REVIEW'")
    draft = domain_with_slack.shown()
    (card,) = domain_with_slack.slack.messages(ALICE, "C01REVIEW")
    assert button(card, "approve_send")
    domain_with_slack.approve(draft)
    domain_with_slack.sync(draft)
    (card,) = domain_with_slack.slack.messages(ALICE, "C01REVIEW")
    assert "*Sending …*" in text(card)


def test_an_archived_channel_keeps_nobody_from_their_card(domain_with_slack: DomainWithSlack) -> None:
    domain_with_slack.sql("UPDATE campaigns SET slack_channel = 'C01REVIEW'")
    domain_with_slack.slack.order("channel", {"channel": "C01REVIEW", "archived": True})
    draft = domain_with_slack.ingest()
    assert domain_with_slack.sync(draft)
    assert all(len(domain_with_slack.cards(member, draft)) == 1 for member in REVIEWERS)
    assert not behind(domain_with_slack, draft)


def test_a_message_that_we_have_no_row_for_is_kept_true(domain_with_slack: DomainWithSlack) -> None:
    """A stray one: a row for it came from a click (see tests/bot/slack). It is updated, and never posted anew."""
    draft = domain_with_slack.shown()
    payload = draft_card(domain_with_slack.view(draft), "http://127.0.0.1/x")
    message = call("chat.postMessage", channel=domain_with_slack.card(BOB, draft)["channel"], **payload)
    with transaction() as tx:
        assert cards.adopt(tx, "T01TEST", draft, BOB, message["channel"], message["ts"])
    domain_with_slack.approve(draft)
    domain_with_slack.sync(draft)
    assert [text(card).count("*Sending …*") for card in domain_with_slack.cards(BOB, draft)] == [1, 1]
    domain_with_slack.slack.delete_message({"channel": message["channel"], "ts": message["ts"]})
    before = posted(domain_with_slack)
    claimed = domain_with_slack.claim()
    domain_with_slack.start(claimed)
    domain_with_slack.finish(claimed, SENT)
    assert domain_with_slack.sync(draft)
    assert posted(domain_with_slack) == before


# --- what a hostile reading found ---


def test_a_dead_token_deactivates_nobody(domain_with_slack: DomainWithSlack) -> None:
    """Slack says `account_inactive` of us, once the app was uninstalled."""
    draft = domain_with_slack.ingest()
    for _ in range(3):
        domain_with_slack.slack.fault("*", "error", code="account_inactive", times=5)
        domain_with_slack.sync(draft)
    assert domain_with_slack.rows("SELECT count(*) FROM members WHERE NOT active") == [(0,)]
    assert domain_with_slack.rows("SELECT count(*) FROM cards WHERE gone_reason IS NOT NULL") == [(0,)]
    domain_with_slack.slack.clear_faults()
    wait_until(lambda: domain_with_slack.sync(draft), what="the cards, once the app is back")


def test_a_lost_card_of_the_channel_is_taken_back_by_a_click_on_it(domain_with_slack: DomainWithSlack) -> None:
    domain_with_slack.sql("UPDATE campaigns SET slack_channel = 'C01REVIEW'")
    draft = domain_with_slack.shown()
    (channel, ts) = domain_with_slack.rows("SELECT channel, ts FROM cards WHERE place = 'channel'")[0]
    domain_with_slack.sql("UPDATE cards SET ts = NULL, drawn_revision = 0 WHERE place = 'channel'")
    with transaction() as tx:
        assert cards.adopt(tx, "T01TEST", draft, ALICE, channel, ts)
    assert domain_with_slack.rows("SELECT place, ts FROM cards WHERE channel = 'C01REVIEW'") == [("channel", ts)]
    assert domain_with_slack.sync(draft)


def test_p2_a_draft_whose_reviewer_cannot_be_reached_goes_to_the_admins(domain_with_slack: DomainWithSlack) -> None:
    domain_with_slack.sql(
        "DELETE FROM campaign_reviewers USING members WHERE member_id = id AND slack_user_id <> %s", ALICE
    )
    domain_with_slack.slack.fault("conversations.open", "error", code="channel_not_found", times=1)
    domain_with_slack.sql("UPDATE members SET checked_at = now()")
    draft = domain_with_slack.ingest()
    assert domain_with_slack.sync(draft)
    assert domain_with_slack.cards(ALICE, draft) == []
    assert live_buttons(domain_with_slack.card(CAROL, draft))


def test_one_card_that_cannot_be_drawn_keeps_no_other_from_the_truth(
    domain_with_slack: DomainWithSlack, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft = domain_with_slack.ingest()

    def fails_once(drawing: Any, payload: Any, shows: Any) -> Any:
        if drawing.slack_user_id == ALICE:
            raise RuntimeError("a defect")
        return draw.draw(drawing, payload, shows)

    monkeypatch.setattr(reconcile, "draw", fails_once)
    assert not domain_with_slack.sync(draft)
    assert domain_with_slack.cards(ALICE, draft) == []
    assert live_buttons(domain_with_slack.card(BOB, draft))
    assert behind(domain_with_slack, draft)
