"""Cards: the latest state on every card of a draft, whatever Slack does, and never two messages for one card (P9)."""

import threading
import time
from typing import Any

import pytest

from bot.sandbox.client import button
from core.cards.draft_card import draft_card
from core.db import transaction
from core.surfaces import cards
from jobs import draw, sync_cards
from jobs.show_campaigns import show_campaign
from jobs.slack.client import call
from tests.fixtures.desk import BUSY, REFUSED, SENT, UNKNOWN
from tests.fixtures.office import ALICE, BOB, CAROL, VERA, Office, live_buttons
from tests.fixtures.town import REVIEWERS
from tests.fixtures.waiting import wait_until


def text(card: Any) -> str:
    return str(card["blocks"])


def posted(office: Office) -> int:
    """How many messages were posted to Slack so far."""
    return sum(call["ok"] for call in office.slack.calls("chat.postMessage"))


def behind(office: Office, draft: Any) -> bool:
    return office.rows("SELECT drawn_revision < revision FROM drafts WHERE id = %s", draft) == [(True,)]


# --- each reviewer has one card, and it is true ---


def test_every_reviewer_gets_one_card_and_nobody_else(office: Office) -> None:
    draft = office.shown()
    for member in REVIEWERS:
        assert live_buttons(office.card(member, draft)) == {
            *("approve_send", "approve_schedule", "edit_draft", "reject_draft")
        }
    assert office.cards(VERA, draft) == []


def test_p9_after_each_change_every_card_tells_the_truth(office: Office) -> None:
    draft = office.shown()

    def everywhere(words: str, *, open_: bool) -> None:
        assert office.sync(draft)
        for member in REVIEWERS:
            card = office.card(member, draft)
            assert words in text(card)
            assert bool(live_buttons(card)) == open_

    office.edit(draft, user=BOB, body="Quite another text.")
    everywhere("Quite another text.", open_=True)
    everywhere(f"Edited by <@{BOB}>", open_=True)
    office.approve(draft, version=2)
    everywhere("*Sending …*", open_=False)
    office.pause()
    show_campaign(office.campaign_id)
    everywhere("Autumn launch is paused.", open_=False)
    office.resume()
    show_campaign(office.campaign_id)
    everywhere("*Sending …*", open_=False)
    claimed = office.claim()
    office.start(claimed)
    office.finish(claimed, BUSY)
    everywhere("refused the recipient. (451)", open_=False)
    office.make_due()
    claimed = office.claim()
    office.start(claimed)
    office.finish(claimed, REFUSED)
    everywhere("*Failed:* The mail server refused the recipient. (550)", open_=True)
    office.approve(draft, version=3, user=CAROL)
    claimed = office.claim()
    office.start(claimed)
    office.finish(claimed, UNKNOWN)
    everywhere("*Outcome unknown:*", open_=False)
    office.finish(claimed, SENT)
    everywhere(f"*Sent* by <@{CAROL}>", open_=False)


def test_p9_a_rejection_is_on_every_card(office: Office) -> None:
    draft = office.shown()
    office.reject(draft, reason="They wrote to us <yesterday>.")
    office.sync(draft)
    for member in REVIEWERS:
        assert f"*Rejected* by <@{ALICE}>" in text(office.card(member, draft))
        assert "They wrote to us &lt;yesterday&gt;." in text(office.card(member, draft))
        assert live_buttons(office.card(member, draft)) == set()


def test_a_blocked_draft_can_be_put_right_but_not_sent(office: Office) -> None:
    draft = office.shown(body="Hi {{first_name}}, hello.")
    card = office.card(ALICE, draft)
    assert "A placeholder of the template was not filled in." in text(card)
    assert live_buttons(card) == {"edit_draft", "reject_draft"}


def test_a_card_says_what_it_answers_and_who_else_sees_it(office: Office) -> None:
    draft = office.shown(kind="reply", confidence=0.87, inbound={"subject": "Re: Hello", "body": "Tell me more.\nDana"})
    shown = text(office.card(BOB, draft))
    for words in ("Reply to Dana", "Re: Hello", "Tell me more.", "Confidence 87%", "Risk low", *REVIEWERS):
        assert words in shown


def test_a_card_that_is_true_is_not_drawn_again(office: Office) -> None:
    draft = office.shown()
    before = len(office.slack.calls())
    assert office.sync(draft)
    assert office.sync(draft)
    assert len(office.slack.calls()) == before


# --- rings in any order ---


def test_an_older_drawing_never_comes_after_a_newer_one(office: Office) -> None:
    """A slow job read the draft before it was approved; its drawing is refused by the card's row."""
    draft = office.shown()
    office.edit(draft)
    old = office.facts(draft)
    office.approve(draft, version=2)
    office.sync(draft)
    with transaction() as tx:
        (card,) = [row[0] for row in office.rows("SELECT id FROM cards ORDER BY id LIMIT 1")]
        assert cards.hold(tx, card, old.revision) is None
    assert "*Sending …*" in text(office.card(ALICE, draft))


def test_a_drawing_that_outlived_its_hold_is_drawn_over(office: Office) -> None:
    """A job stalled with an old picture in hand; another drew the newer one; then the old one lands."""
    draft = office.shown()
    office.edit(draft)
    old = office.facts(draft)
    with transaction() as tx:
        (card,) = [row[0] for row in office.rows("SELECT id FROM cards ORDER BY id LIMIT 1")]
        stalled = cards.hold(tx, card, old.revision)
    assert stalled is not None
    office.sql("UPDATE cards SET held_until = now() - interval '1 second' WHERE held_until IS NOT NULL")
    office.approve(draft, version=2)
    assert office.sync(draft)

    draw.draw(stalled, draft_card(old, "http://127.0.0.1/drafts/1"), old.revision)

    assert behind(office, draft)
    assert office.sync(draft)
    for member in REVIEWERS:
        assert "*Sending …*" in text(office.card(member, draft))
        assert live_buttons(office.card(member, draft)) == set()


def test_a_change_while_cards_are_drawn_is_drawn_in_the_same_job(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft = office.shown()
    office.edit(draft)
    changed: list[bool] = []

    def approved_meanwhile(place: Any, payload: Any, revision: int) -> bool:
        if not changed:
            changed.append(True)
            office.approve(draft, version=2)
        return draw.draw(place, payload, revision)

    monkeypatch.setattr(sync_cards, "draw", approved_meanwhile)
    assert office.sync(draft)
    for member in REVIEWERS:
        assert "*Sending …*" in text(office.card(member, draft))


def test_two_jobs_at_once_never_post_twice(office: Office) -> None:
    draft = office.ingest()
    office.slack.fault("chat.postMessage", "delay", times=3, seconds=0.3)
    together = [threading.Thread(target=office.sync, args=(draft,)) for _ in range(3)]
    for thread in together:
        thread.start()
    for thread in together:
        thread.join(30)
    for member in REVIEWERS:
        assert len(office.cards(member, draft)) == 1
    assert posted(office) == 3


def test_two_jobs_at_once_never_post_twice_after_a_message_was_deleted(office: Office) -> None:
    draft = office.shown()
    office.slack.delete_message(office.card(ALICE, draft))
    office.edit(draft)
    office.slack.fault("chat.postMessage", "delay", seconds=0.5)
    first = threading.Thread(target=office.sync, args=(draft,))
    first.start()
    lost = "SELECT 1 FROM cards c JOIN members m ON m.id = c.member_id WHERE slack_user_id = %s AND ts IS NULL"
    wait_until(lambda: office.rows(lost, ALICE), what="the loss to be noticed")
    office.sync(draft)
    first.join(30)
    assert len(office.cards(ALICE, draft)) == 1


# --- what Slack does ---


def test_a_rate_limit_is_waited_for_without_a_sleeping_thread(office: Office) -> None:
    draft = office.ingest()
    office.slack.fault("chat.postMessage", "ratelimited", retry_after=30)
    began = time.monotonic()
    assert not office.sync(draft)
    assert time.monotonic() - began < 5
    ((wait,),) = office.rows("SELECT extract(epoch FROM sync_after - now())::float FROM drafts")
    assert 25 < wait <= 30
    assert behind(office, draft)
    assert [call["error"] for call in office.slack.calls("chat.postMessage")] == ["fault:ratelimited"]
    office.let_calls_rest()
    assert office.sync(draft)  # what the clock does then
    assert all(len(office.cards(member, draft)) == 1 for member in REVIEWERS)


@pytest.mark.parametrize(
    "fault",
    [{"kind": "status", "status": 503}, {"kind": "error", "code": "fatal_error"}, {"kind": "status", "status": 200}],
)
def test_an_outage_of_slack_is_waited_for(office: Office, fault: dict[str, Any]) -> None:
    draft = office.ingest()
    office.slack.fault("*", times=1000, **fault)
    assert not office.sync(draft)
    assert behind(office, draft)
    office.slack.clear_faults()
    assert office.sync(draft)
    assert all(len(office.cards(member, draft)) == 1 for member in REVIEWERS)


def test_a_deleted_message_is_posted_anew_and_remembered(office: Office) -> None:
    draft = office.shown()
    lost = office.card(ALICE, draft)
    office.slack.delete_message(lost)
    office.approve(draft)
    assert office.sync(draft)
    new = office.card(ALICE, draft)
    assert new["ts"] != lost["ts"]
    assert "*Sending …*" in text(new)
    claimed = office.claim()
    office.start(claimed)
    office.finish(claimed, SENT)
    office.sync(draft)
    assert "*Sent*" in text(office.card(ALICE, draft))
    assert office.card(ALICE, draft)["ts"] == new["ts"]


def test_a_post_whose_answer_was_lost_is_found_and_not_posted_twice(office: Office) -> None:
    """Slack did it, and the answer never came: a crash between the post and its record looks the same."""
    draft = office.ingest()
    office.slack.fault("chat.postMessage", "drop")
    assert not office.sync(draft)
    office.approve(draft)
    assert office.sync(draft)
    for member in REVIEWERS:
        assert "*Sending …*" in text(office.card(member, draft))
    assert len(office.slack.calls("conversations.history")) == 1


def test_a_closed_dm_is_opened_again(office: Office) -> None:
    draft = office.shown()
    office.slack.close_dm(ALICE)
    other = office.shown()
    office.approve(draft)
    office.sync(draft)
    assert len(office.cards(ALICE, other)) == 1
    assert any("*Sending …*" in text(card) for card in office.cards(ALICE, draft))


def test_a_member_who_left_gets_no_card_and_the_others_do(office: Office) -> None:
    office.slack.deactivate(ALICE)
    draft = office.ingest()
    assert office.sync(draft)
    assert office.rows("SELECT active FROM members WHERE slack_user_id = %s", ALICE) == [(False,)]
    assert office.cards(ALICE, draft) == []
    assert len(office.cards(BOB, draft)) == 1


def test_p2_without_a_reviewer_left_the_admins_get_the_draft(office: Office) -> None:
    office.sql(
        "DELETE FROM campaign_reviewers WHERE member_id <> (SELECT id FROM members WHERE slack_user_id = %s)", ALICE
    )
    office.slack.deactivate(ALICE)
    draft = office.ingest()
    assert office.sync(draft)
    assert office.cards(ALICE, draft) == []
    assert live_buttons(office.card(CAROL, draft))
    assert office.cards(BOB, draft) == []


def test_p2_what_waited_for_a_member_who_left_is_handed_on_too(office: Office) -> None:
    office.sql(
        "DELETE FROM campaign_reviewers WHERE member_id <> (SELECT id FROM members WHERE slack_user_id = %s)", ALICE
    )
    waiting = office.shown()
    office.slack.deactivate(ALICE)
    office.sql("UPDATE members SET checked_at = now() - interval '1 day'")
    draft = office.ingest()
    assert office.sync(draft)
    assert live_buttons(office.card(CAROL, draft))
    assert behind(office, waiting), "the clock will ring for it"
    assert office.sync(waiting)
    assert live_buttons(office.card(CAROL, waiting))


def test_the_channel_of_a_campaign_has_a_card_of_its_own(office: Office) -> None:
    office.sql("UPDATE campaigns SET slack_channel = 'C01REVIEW'")
    draft = office.shown()
    (card,) = office.slack.messages(ALICE, "C01REVIEW")
    assert button(card, "approve_send")
    office.approve(draft)
    office.sync(draft)
    (card,) = office.slack.messages(ALICE, "C01REVIEW")
    assert "*Sending …*" in text(card)


def test_an_archived_channel_keeps_nobody_from_their_card(office: Office) -> None:
    office.sql("UPDATE campaigns SET slack_channel = 'C01REVIEW'")
    office.slack.order("channel", {"channel": "C01REVIEW", "archived": True})
    draft = office.ingest()
    assert office.sync(draft)
    assert all(len(office.cards(member, draft)) == 1 for member in REVIEWERS)
    assert not behind(office, draft)


def test_a_message_that_we_have_no_row_for_is_kept_true(office: Office) -> None:
    """A stray one: a row for it came from a click (see tests/bot/slack). It is updated, and never posted anew."""
    draft = office.shown()
    payload = draft_card(office.facts(draft), "http://127.0.0.1/x")
    message = call("chat.postMessage", channel=office.card(BOB, draft)["channel"], **payload)
    with transaction() as tx:
        assert cards.adopt(tx, "T01TEST", draft, BOB, message["channel"], message["ts"])
    office.approve(draft)
    office.sync(draft)
    assert [text(card).count("*Sending …*") for card in office.cards(BOB, draft)] == [1, 1]
    office.slack.delete_message({"channel": message["channel"], "ts": message["ts"]})
    before = posted(office)
    claimed = office.claim()
    office.start(claimed)
    office.finish(claimed, SENT)
    assert office.sync(draft)
    assert posted(office) == before


# --- what a hostile reading found ---


def test_a_dead_token_deactivates_nobody(office: Office) -> None:
    """Slack says `account_inactive` of us, once the app was uninstalled."""
    draft = office.ingest()
    for _ in range(3):
        office.slack.fault("*", "error", code="account_inactive", times=5)
        office.sync(draft)
    assert office.rows("SELECT count(*) FROM members WHERE NOT active") == [(0,)]
    assert office.rows("SELECT count(*) FROM cards WHERE gone_reason IS NOT NULL") == [(0,)]
    office.slack.clear_faults()
    wait_until(lambda: office.sync(draft), what="the cards, once the app is back")


def test_a_lost_card_of_the_channel_is_taken_back_by_a_click_on_it(office: Office) -> None:
    office.sql("UPDATE campaigns SET slack_channel = 'C01REVIEW'")
    draft = office.shown()
    (channel, ts) = office.rows("SELECT channel, ts FROM cards WHERE place = 'channel'")[0]
    office.sql("UPDATE cards SET ts = NULL, drawn_revision = 0 WHERE place = 'channel'")
    with transaction() as tx:
        assert cards.adopt(tx, "T01TEST", draft, ALICE, channel, ts)
    assert office.rows("SELECT place, ts FROM cards WHERE channel = 'C01REVIEW'") == [("channel", ts)]
    assert office.sync(draft)


def test_p2_a_draft_whose_reviewer_cannot_be_reached_goes_to_the_admins(office: Office) -> None:
    office.sql("DELETE FROM campaign_reviewers USING members WHERE member_id = id AND slack_user_id <> %s", ALICE)
    office.slack.fault("conversations.open", "error", code="channel_not_found", times=1)
    office.sql("UPDATE members SET checked_at = now()")
    draft = office.ingest()
    assert office.sync(draft)
    assert office.cards(ALICE, draft) == []
    assert live_buttons(office.card(CAROL, draft))


def test_one_card_that_cannot_be_drawn_keeps_no_other_from_the_truth(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft = office.ingest()

    def fails_once(place: Any, payload: Any, revision: int) -> bool:
        if place.slack_user_id == ALICE:
            raise RuntimeError("a defect")
        return draw.draw(place, payload, revision)

    monkeypatch.setattr(sync_cards, "draw", fails_once)
    assert not office.sync(draft)
    assert office.cards(ALICE, draft) == []
    assert live_buttons(office.card(BOB, draft))
    assert behind(office, draft)
