"""The history under a card: one reply, kept up to date, never in the way of the card itself."""

import json
import threading

import pytest

from core.cards.thread import thread as thread_payload
from core.db import transaction
from core.ids import UUID
from core.surfaces import threads
from core.surfaces.kinds import THREADS
from core.surfaces.reconcile import Result, lock
from jobs.draw import draw
from tests.fixtures.domain import REFUSED, SENT
from tests.fixtures.domain_with_slack import ALICE, BOB, DomainWithSlack
from tests.fixtures.full_stack import REVIEWERS
from tests.fixtures.waiting import wait_until


def thread(domain_with_slack: DomainWithSlack, member: str, draft: UUID) -> str:
    """The one reply under the member's card; empty where there is none."""
    card = domain_with_slack.card(member, draft)
    replies = domain_with_slack.slack.thread(card["channel"], card["ts"])
    assert len(replies) <= 1
    return json.dumps(replies[0]["blocks"], ensure_ascii=False) if replies else ""


def behind(domain_with_slack: DomainWithSlack) -> bool:
    ((late,),) = domain_with_slack.rows("SELECT drawn_revision < revision FROM drafts")
    return bool(late)


def test_a_draft_that_is_approved_and_sent_has_no_thread(domain_with_slack: DomainWithSlack) -> None:
    draft = domain_with_slack.shown()
    domain_with_slack.deliver(draft, SENT)
    assert domain_with_slack.sync(draft)
    assert [thread(domain_with_slack, member, draft) for member in REVIEWERS] == ["", "", ""]


def test_an_edit_is_told_under_every_card_and_the_next_one_in_the_same_reply(
    domain_with_slack: DomainWithSlack,
) -> None:
    draft = domain_with_slack.shown()
    domain_with_slack.edit(draft, user=BOB, subject="Better")
    assert domain_with_slack.sync(draft)
    for member in REVIEWERS:
        said = thread(domain_with_slack, member, draft)
        assert "*Edited: now version 2* · <@U02BOB>" in said
        assert "Subject\\n− Hello number 1\\n+ Better" in said
    domain_with_slack.edit(draft, version=2, subject="Best")
    assert domain_with_slack.sync(draft)
    for member in REVIEWERS:
        said = thread(domain_with_slack, member, draft)
        assert "now version 2" in said
        assert "− Better\\n+ Best" in said


def test_what_is_told_already_is_not_drawn_again(domain_with_slack: DomainWithSlack) -> None:
    draft = domain_with_slack.shown()
    domain_with_slack.edit(draft)
    domain_with_slack.sync(draft)
    calls = len(domain_with_slack.slack.calls())
    domain_with_slack.sync(draft)
    domain_with_slack.sync(draft)
    assert len(domain_with_slack.slack.calls()) == calls


def test_a_failed_try_is_told_with_what_became_of_it(domain_with_slack: DomainWithSlack) -> None:
    draft = domain_with_slack.shown()
    domain_with_slack.deliver(draft, REFUSED)
    assert domain_with_slack.sync(draft)
    said = thread(domain_with_slack, ALICE, draft)
    assert "*Not sent: stopped at naming the recipient (RCPT) (550)* · Signoff" in said
    assert "The server said: 550" in said
    assert "*Came back to review*" in said


def test_a_refused_click_is_told_once_to_all(domain_with_slack: DomainWithSlack) -> None:
    draft = domain_with_slack.shown()
    stale = domain_with_slack.slack.signed_click(BOB, domain_with_slack.card(BOB, draft), "approve_send")
    domain_with_slack.edit(draft)
    for _ in range(3):
        assert domain_with_slack.posts(stale).status_code == 200
    domain_with_slack.quiet()
    domain_with_slack.sync(draft)
    for member in REVIEWERS:
        assert thread(domain_with_slack, member, draft).count("Tried to approve: refused, the text had changed") == 1


def test_two_jobs_at_once_never_post_twice(domain_with_slack: DomainWithSlack) -> None:
    draft = domain_with_slack.shown()
    domain_with_slack.edit(draft)
    domain_with_slack.slack.fault("chat.postMessage", "delay", times=3, seconds=0.3)
    together = [threading.Thread(target=domain_with_slack.sync, args=(draft,)) for _ in range(3)]
    for job in together:
        job.start()
    for job in together:
        job.join(30)
    domain_with_slack.sync(draft)
    assert all("now version 2" in thread(domain_with_slack, member, draft) for member in REVIEWERS)


@pytest.mark.parametrize("kind", ["ratelimited", "status"])
def test_trouble_of_slacks_is_waited_for_and_keeps_no_card_from_the_truth(
    domain_with_slack: DomainWithSlack, kind: str
) -> None:
    draft = domain_with_slack.shown()
    domain_with_slack.edit(draft, body="The new text.")
    domain_with_slack.slack.fault("chat.postMessage", kind, times=100)
    assert not domain_with_slack.sync(draft)
    assert behind(domain_with_slack), "the clock comes back for it"
    for member in REVIEWERS:
        assert "The new text." in str(domain_with_slack.card(member, draft))
    domain_with_slack.slack.clear_faults()
    domain_with_slack.let_calls_rest()
    assert domain_with_slack.sync(draft)
    assert all("now version 2" in thread(domain_with_slack, member, draft) for member in REVIEWERS)
    assert not behind(domain_with_slack)


def test_a_post_whose_answer_was_lost_is_found_and_not_posted_twice(domain_with_slack: DomainWithSlack) -> None:
    draft = domain_with_slack.shown()
    domain_with_slack.edit(draft)
    domain_with_slack.slack.fault("chat.postMessage", "drop")
    assert not domain_with_slack.sync(draft)
    domain_with_slack.edit(draft, version=2, subject="Once more")
    assert domain_with_slack.sync(draft)
    assert all("Once more" in thread(domain_with_slack, member, draft) for member in REVIEWERS)
    assert len(domain_with_slack.slack.calls("conversations.replies")) == 1


def test_a_reply_that_outlived_its_lock_is_drawn_over(domain_with_slack: DomainWithSlack) -> None:
    draft = domain_with_slack.shown()
    domain_with_slack.edit(draft, subject="Old")
    domain_with_slack.sync(draft)
    with transaction() as tx:
        card = domain_with_slack.rows("SELECT id FROM cards ORDER BY id LIMIT 1")[0][0]
        stalled = lock(tx, THREADS, card, "an old picture")
        old = thread_payload(domain_with_slack.view(draft), threads.history(tx, draft), "http://127.0.0.1/drafts/1")
    assert stalled is not None
    assert old is not None
    domain_with_slack.sql("UPDATE cards SET thread_held_until = now() - interval '1 second' WHERE id = %s", card)
    domain_with_slack.edit(draft, version=2, subject="New")
    assert domain_with_slack.sync(draft)

    assert draw(stalled, old, "an old picture") is Result.LEFT

    assert behind(domain_with_slack)
    assert domain_with_slack.sync(draft)
    assert all("+ New" in thread(domain_with_slack, member, draft) for member in REVIEWERS)


def test_a_card_that_was_posted_anew_has_its_history_under_it(domain_with_slack: DomainWithSlack) -> None:
    draft = domain_with_slack.shown()
    domain_with_slack.edit(draft)
    domain_with_slack.sync(draft)
    domain_with_slack.slack.delete_message(domain_with_slack.card(ALICE, draft))
    domain_with_slack.edit(draft, version=2)
    assert domain_with_slack.sync(draft)
    wait_until(lambda: "now version 3" in thread(domain_with_slack, ALICE, draft), what="the new thread")


def test_a_reply_that_was_deleted_is_posted_anew(domain_with_slack: DomainWithSlack) -> None:
    draft = domain_with_slack.shown()
    domain_with_slack.edit(draft)
    domain_with_slack.sync(draft)
    card = domain_with_slack.card(ALICE, draft)
    domain_with_slack.slack.delete_message(domain_with_slack.slack.thread(card["channel"], card["ts"])[0])
    domain_with_slack.edit(draft, version=2)
    assert domain_with_slack.sync(draft)
    assert "now version 3" in thread(domain_with_slack, ALICE, draft)


def test_where_no_thread_can_be_had_the_card_is_true_all_the_same(domain_with_slack: DomainWithSlack) -> None:
    draft = domain_with_slack.shown()
    domain_with_slack.edit(draft, body="The new text.")
    domain_with_slack.slack.fault("chat.postMessage", "error", code="restricted_action_thread_locked", times=3)
    assert domain_with_slack.sync(draft)
    assert not behind(domain_with_slack)
    for member in REVIEWERS:
        assert "The new text." in str(domain_with_slack.card(member, draft))
        assert thread(domain_with_slack, member, draft) == ""
    calls = len(domain_with_slack.slack.calls())
    domain_with_slack.sync(draft)
    assert len(domain_with_slack.slack.calls()) == calls
