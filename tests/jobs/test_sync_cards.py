"""Cards: the latest state on every card of a draft, in any order of jobs, and never two messages for one (P9)."""

import threading
from typing import Any

import pytest

from core.cards.draft_card import draft_card
from core.db import transaction
from core.surfaces.kinds import CARDS
from core.surfaces.reconcile import lock
from jobs import draw, reconcile
from jobs.apply_campaign_status import apply_campaign_status
from tests.fixtures.domain import BUSY, REFUSED, SENT, UNKNOWN
from tests.fixtures.domain_with_slack import ALICE, BOB, CAROL, VERA, DomainWithSlack, live_buttons
from tests.fixtures.full_stack import REVIEWERS
from tests.fixtures.waiting import wait_until


def text(card: Any) -> str:
    return str(card["blocks"])


def posted(domain_with_slack: DomainWithSlack) -> int:
    """How many messages were posted to Slack so far."""
    return sum(call["ok"] for call in domain_with_slack.slack.calls("chat.postMessage"))


def behind(domain_with_slack: DomainWithSlack, draft: Any) -> bool:
    return domain_with_slack.rows("SELECT drawn_revision < revision FROM drafts WHERE id = %s", draft) == [(True,)]


# --- each reviewer has one card, and it is true ---


def test_every_reviewer_gets_one_card_and_nobody_else(domain_with_slack: DomainWithSlack) -> None:
    draft = domain_with_slack.shown()
    for member in REVIEWERS:
        assert live_buttons(domain_with_slack.card(member, draft)) == {
            *("approve_send", "approve_schedule", "edit_draft", "reject_draft")
        }
    assert domain_with_slack.cards(VERA, draft) == []


def test_p9_after_each_change_every_card_tells_the_truth(domain_with_slack: DomainWithSlack) -> None:
    draft = domain_with_slack.shown()

    def everywhere(words: str, *, open_: bool) -> None:
        assert domain_with_slack.sync(draft)
        for member in REVIEWERS:
            card = domain_with_slack.card(member, draft)
            assert words in text(card)
            assert bool(live_buttons(card)) == open_

    domain_with_slack.edit(draft, user=BOB, body="Quite another text.")
    everywhere("Quite another text.", open_=True)
    everywhere(f"Edited by <@{BOB}>", open_=True)
    domain_with_slack.approve(draft, version=2)
    everywhere("*Sending …*", open_=False)
    domain_with_slack.pause()
    apply_campaign_status(domain_with_slack.campaign_id)
    everywhere("Autumn launch is paused.", open_=False)
    domain_with_slack.resume()
    apply_campaign_status(domain_with_slack.campaign_id)
    everywhere("*Sending …*", open_=False)
    claimed = domain_with_slack.claim()
    domain_with_slack.start(claimed)
    domain_with_slack.finish(claimed, BUSY)
    everywhere("refused the recipient (RCPT, 451).", open_=False)
    domain_with_slack.make_due()
    claimed = domain_with_slack.claim()
    domain_with_slack.start(claimed)
    domain_with_slack.finish(claimed, REFUSED)
    everywhere("*Failed:* The mail server refused the recipient (RCPT, 550).", open_=True)
    domain_with_slack.approve(draft, version=3, user=CAROL)
    claimed = domain_with_slack.claim()
    domain_with_slack.start(claimed)
    domain_with_slack.finish(claimed, UNKNOWN)
    everywhere("*Outcome unknown:*", open_=False)
    domain_with_slack.finish(claimed, SENT)
    everywhere(f"*Sent* by <@{CAROL}>", open_=False)


def test_p9_a_rejection_is_on_every_card(domain_with_slack: DomainWithSlack) -> None:
    draft = domain_with_slack.shown()
    domain_with_slack.reject(draft, reason="They wrote to us <yesterday>.")
    domain_with_slack.sync(draft)
    for member in REVIEWERS:
        assert f"*Rejected* by <@{ALICE}>" in text(domain_with_slack.card(member, draft))
        assert "They wrote to us &lt;yesterday&gt;." in text(domain_with_slack.card(member, draft))
        assert live_buttons(domain_with_slack.card(member, draft)) == set()


def test_a_blocked_draft_can_be_put_right_but_not_sent(domain_with_slack: DomainWithSlack) -> None:
    draft = domain_with_slack.shown(body="Hi {{first_name}}, hello.")
    card = domain_with_slack.card(ALICE, draft)
    assert "The text has a placeholder: {{first_name}}." in text(card)
    assert live_buttons(card) == {"edit_draft", "reject_draft"}


def test_a_card_says_what_it_answers_and_who_else_sees_it(domain_with_slack: DomainWithSlack) -> None:
    draft = domain_with_slack.shown(
        kind="reply", confidence=0.87, inbound={"subject": "Re: Hello", "body": "Tell me more.\nDana"}
    )
    shown = text(domain_with_slack.card(BOB, draft))
    for words in ("Reply to Dana", "Re: Hello", "Tell me more.", "Confidence 87%", "Low risk", *REVIEWERS):
        assert words in shown


def test_a_card_shows_the_evidence_and_says_where_none_is_given(domain_with_slack: DomainWithSlack) -> None:
    shown = domain_with_slack.shown(evidence=["n/a", "Met in Leeds", "https://example.org/a", "c", "d"])
    assert "Evidence: Met in Leeds; https://example.org/a; c and 1 more" in text(domain_with_slack.card(BOB, shown))
    bare = text(domain_with_slack.card(BOB, domain_with_slack.shown(evidence=None)))
    assert "No evidence is given." in bare
    assert "Evidence:" not in bare


def test_a_card_is_drawn_again_as_blocked_the_moment_it_is_known(domain_with_slack: DomainWithSlack) -> None:
    draft = domain_with_slack.shown()
    assert "approve_send" in live_buttons(domain_with_slack.card(ALICE, draft))
    domain_with_slack.sql("UPDATE contacts SET status = 'do_not_contact'")
    [(behind,)] = domain_with_slack.rows("SELECT sync_after <= now() FROM drafts WHERE id = %s", draft)
    assert behind, "the clock rings for it"
    domain_with_slack.sync(draft)
    card = domain_with_slack.card(ALICE, draft)
    assert "*Blocked:* The contact has opted out." in text(card)
    assert live_buttons(card) == {"reject_draft"}


def test_a_card_that_is_true_is_not_drawn_again(domain_with_slack: DomainWithSlack) -> None:
    draft = domain_with_slack.shown()
    before = len(domain_with_slack.slack.calls())
    assert domain_with_slack.sync(draft)
    assert domain_with_slack.sync(draft)
    assert len(domain_with_slack.slack.calls()) == before


# --- rings in any order ---


def test_an_older_drawing_never_comes_after_a_newer_one(domain_with_slack: DomainWithSlack) -> None:
    """A slow job read the draft before it was approved; its drawing is refused by the card's row."""
    draft = domain_with_slack.shown()
    domain_with_slack.edit(draft)
    old = domain_with_slack.view(draft)
    domain_with_slack.approve(draft, version=2)
    domain_with_slack.sync(draft)
    with transaction() as tx:
        (card,) = [row[0] for row in domain_with_slack.rows("SELECT id FROM cards ORDER BY id LIMIT 1")]
        assert lock(tx, CARDS, card, old.revision) is None
    assert "*Sending …*" in text(domain_with_slack.card(ALICE, draft))


def test_a_drawing_that_outlived_its_lock_is_drawn_over(domain_with_slack: DomainWithSlack) -> None:
    """A job stalled with an old picture in hand; another drew the newer one; then the old one lands."""
    draft = domain_with_slack.shown()
    domain_with_slack.edit(draft)
    old = domain_with_slack.view(draft)
    with transaction() as tx:
        (card,) = [row[0] for row in domain_with_slack.rows("SELECT id FROM cards ORDER BY id LIMIT 1")]
        stalled = lock(tx, CARDS, card, old.revision)
    assert stalled is not None
    domain_with_slack.sql("UPDATE cards SET held_until = now() - interval '1 second' WHERE held_until IS NOT NULL")
    domain_with_slack.approve(draft, version=2)
    assert domain_with_slack.sync(draft)

    draw.draw(stalled, draft_card(old, "http://127.0.0.1/drafts/1"), old.revision)

    assert behind(domain_with_slack, draft)
    assert domain_with_slack.sync(draft)
    for member in REVIEWERS:
        assert "*Sending …*" in text(domain_with_slack.card(member, draft))
        assert live_buttons(domain_with_slack.card(member, draft)) == set()


def test_a_change_while_cards_are_drawn_is_drawn_in_the_same_job(
    domain_with_slack: DomainWithSlack, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft = domain_with_slack.shown()
    domain_with_slack.edit(draft)
    changed: list[bool] = []

    def approved_meanwhile(drawing: Any, payload: Any, shows: Any) -> Any:
        if not changed:
            changed.append(True)
            domain_with_slack.approve(draft, version=2)
        return draw.draw(drawing, payload, shows)

    monkeypatch.setattr(reconcile, "draw", approved_meanwhile)
    assert domain_with_slack.sync(draft)
    for member in REVIEWERS:
        assert "*Sending …*" in text(domain_with_slack.card(member, draft))


def test_two_jobs_at_once_never_post_twice(domain_with_slack: DomainWithSlack) -> None:
    draft = domain_with_slack.ingest()
    domain_with_slack.slack.fault("chat.postMessage", "delay", times=3, seconds=0.3)
    together = [threading.Thread(target=domain_with_slack.sync, args=(draft,)) for _ in range(3)]
    for thread in together:
        thread.start()
    for thread in together:
        thread.join(30)
    for member in REVIEWERS:
        assert len(domain_with_slack.cards(member, draft)) == 1
    assert posted(domain_with_slack) == 3


def test_two_jobs_at_once_never_post_twice_after_a_message_was_deleted(domain_with_slack: DomainWithSlack) -> None:
    draft = domain_with_slack.shown()
    domain_with_slack.slack.delete_message(domain_with_slack.card(ALICE, draft))
    domain_with_slack.edit(draft)
    domain_with_slack.slack.fault("chat.postMessage", "delay", seconds=0.5)
    first = threading.Thread(target=domain_with_slack.sync, args=(draft,))
    first.start()
    lost = "SELECT 1 FROM cards c JOIN members m ON m.id = c.member_id WHERE slack_user_id = %s AND ts IS NULL"
    wait_until(lambda: domain_with_slack.rows(lost, ALICE), what="the loss to be noticed")
    domain_with_slack.sync(draft)
    first.join(30)
    assert len(domain_with_slack.cards(ALICE, draft)) == 1
