"""The history under a card: one reply, kept up to date, never in the way of the card itself."""

import json
import threading

import pytest

from core.ids import UUID
from tests.fixtures.desk import REFUSED, SENT
from tests.fixtures.office import ALICE, BOB, Office
from tests.fixtures.town import REVIEWERS
from tests.fixtures.waiting import wait_until


def thread(office: Office, member: str, draft: UUID) -> str:
    """The one reply under the member's card; empty where there is none."""
    card = office.card(member, draft)
    replies = office.slack.thread(card["channel"], card["ts"])
    assert len(replies) <= 1
    return json.dumps(replies[0]["blocks"], ensure_ascii=False) if replies else ""


def behind(office: Office) -> bool:
    ((late,),) = office.rows("SELECT drawn_revision < revision FROM drafts")
    return bool(late)


def test_a_draft_that_is_approved_and_sent_has_no_thread(office: Office) -> None:
    draft = office.shown()
    office.deliver(draft, SENT)
    assert office.sync(draft)
    assert [thread(office, member, draft) for member in REVIEWERS] == ["", "", ""]


def test_an_edit_is_told_under_every_card_and_the_next_one_in_the_same_reply(office: Office) -> None:
    draft = office.shown()
    office.edit(draft, user=BOB, subject="Better")
    assert office.sync(draft)
    for member in REVIEWERS:
        said = thread(office, member, draft)
        assert "*Edited: now version 2* · <@U02BOB>" in said
        assert "Subject\\n− Hello number 1\\n+ Better" in said
    office.edit(draft, version=2, subject="Best")
    assert office.sync(draft)
    for member in REVIEWERS:
        said = thread(office, member, draft)
        assert "now version 2" in said
        assert "− Better\\n+ Best" in said


def test_what_is_told_already_is_not_drawn_again(office: Office) -> None:
    draft = office.shown()
    office.edit(draft)
    office.sync(draft)
    calls = len(office.slack.calls())
    office.sync(draft)
    office.sync(draft)
    assert len(office.slack.calls()) == calls


def test_a_failed_try_is_told_with_what_became_of_it(office: Office) -> None:
    draft = office.shown()
    office.deliver(draft, REFUSED)
    assert office.sync(draft)
    said = thread(office, ALICE, draft)
    assert "*Not sent: stopped at naming the recipient (RCPT) (550)* · Signoff" in said
    assert "The server said: 550" in said
    assert "*Came back to review*" in said


def test_a_refused_click_is_told_once_to_all(office: Office) -> None:
    draft = office.shown()
    stale = office.slack.signed_click(BOB, office.card(BOB, draft), "approve_send")
    office.edit(draft)
    for _ in range(3):
        assert office.posts(stale).status_code == 200
    office.quiet()
    office.sync(draft)
    for member in REVIEWERS:
        assert thread(office, member, draft).count("Tried to approve: refused, the text had changed") == 1


def test_two_jobs_at_once_never_post_twice(office: Office) -> None:
    draft = office.shown()
    office.edit(draft)
    office.slack.fault("chat.postMessage", "delay", times=3, seconds=0.3)
    together = [threading.Thread(target=office.sync, args=(draft,)) for _ in range(3)]
    for job in together:
        job.start()
    for job in together:
        job.join(30)
    office.sync(draft)
    assert all("now version 2" in thread(office, member, draft) for member in REVIEWERS)


@pytest.mark.parametrize("kind", ["ratelimited", "status"])
def test_trouble_of_slacks_is_waited_for_and_keeps_no_card_from_the_truth(office: Office, kind: str) -> None:
    draft = office.shown()
    office.edit(draft, body="The new text.")
    office.slack.fault("chat.postMessage", kind, times=100)
    assert not office.sync(draft)
    assert behind(office), "the clock comes back for it"
    for member in REVIEWERS:
        assert "The new text." in str(office.card(member, draft))
    office.slack.clear_faults()
    office.let_calls_rest()
    assert office.sync(draft)
    assert all("now version 2" in thread(office, member, draft) for member in REVIEWERS)
    assert not behind(office)


def test_a_post_whose_answer_was_lost_is_found_and_not_posted_twice(office: Office) -> None:
    draft = office.shown()
    office.edit(draft)
    office.slack.fault("chat.postMessage", "drop")
    assert not office.sync(draft)
    office.edit(draft, version=2, subject="Once more")
    assert office.sync(draft)
    assert all("Once more" in thread(office, member, draft) for member in REVIEWERS)
    assert len(office.slack.calls("conversations.replies")) == 1


def test_a_card_that_was_posted_anew_has_its_history_under_it(office: Office) -> None:
    draft = office.shown()
    office.edit(draft)
    office.sync(draft)
    office.slack.delete_message(office.card(ALICE, draft))
    office.edit(draft, version=2)
    assert office.sync(draft)
    wait_until(lambda: "now version 3" in thread(office, ALICE, draft), what="the new thread")


def test_a_reply_that_was_deleted_is_posted_anew(office: Office) -> None:
    draft = office.shown()
    office.edit(draft)
    office.sync(draft)
    card = office.card(ALICE, draft)
    office.slack.delete_message(office.slack.thread(card["channel"], card["ts"])[0])
    office.edit(draft, version=2)
    assert office.sync(draft)
    assert "now version 3" in thread(office, ALICE, draft)


def test_where_no_thread_can_be_had_the_card_is_true_all_the_same(office: Office) -> None:
    draft = office.shown()
    office.edit(draft, body="The new text.")
    office.slack.fault("chat.postMessage", "error", code="restricted_action_thread_locked", times=3)
    assert office.sync(draft)
    assert not behind(office)
    for member in REVIEWERS:
        assert "The new text." in str(office.card(member, draft))
        assert thread(office, member, draft) == ""
    calls = len(office.slack.calls())
    office.sync(draft)
    assert len(office.slack.calls()) == calls
