"""`/outreach skip`: asks, takes a draft out of the queue, and brings it back to review with the reason."""

import pytest

from bot.sandbox.client import button
from tests.bot.slack.outreach.parts import answer, last_refusal, now_says, said, wait_gone
from tests.fixtures.desk import SENT
from tests.fixtures.office import ALICE, CAROL, Office


def test_an_admin_takes_a_draft_out_with_a_reason(office: Office) -> None:
    draft = office.shown()
    office.approve(draft)
    question = answer(office, CAROL, "/outreach skip key-1 because the price is wrong <!here>")
    assert question["text"].startswith("Take key-1 to dana1@example.org out of the queue?")
    assert "Reason: the price is wrong !here" in question["text"]
    assert office.statuses(draft)[1] == ["queued"], "not before they are sure"

    assert office.slack.click(CAROL, question, "skip_queued").ok
    now_says(office, CAROL, question, "Taken out of the queue. Nothing was sent")
    assert office.statuses(draft) == ("needs_review", ["skipped"])
    office.sync(draft)
    assert "the price is wrong !here" in str(office.card(ALICE, draft))
    verbs = [event[:3] for event in office.events(draft)][-2:]
    assert verbs == [("skip", "queued", "skipped"), ("return", "approved", "needs_review")]


def test_without_a_reason_it_carries_the_name(office: Office) -> None:
    office.approve(office.ingest())
    question = answer(office, CAROL, "/outreach skip dana1@example.org")
    assert office.slack.click(CAROL, question, "skip_queued").ok
    assert office.rows("SELECT reason FROM send_queue") == [("Taken out of the queue by Carol Chen.",)]


def test_a_key_with_spaces_stands_in_quotes(office: Office) -> None:
    office.approve(office.ingest(key="crm 1"))
    assert answer(office, CAROL, "/outreach skip “crm 1” too early")["text"].startswith("Take crm 1 to")
    assert "Reason: too early" in said(office, CAROL, '/outreach skip "crm 1" too early')


def test_an_old_question_does_not_take_out_what_was_approved_anew(office: Office) -> None:
    draft = office.ingest()
    office.approve(draft)
    question = answer(office, CAROL, "/outreach skip key-1")
    assert office.slack.click(CAROL, question, "skip_queued").ok
    ((version,),) = office.rows("SELECT version FROM drafts")
    office.approve(draft, version=version)
    question_again = answer(office, CAROL, "/outreach skip key-1")
    old = button(question, "skip_queued")["value"]  # type: ignore[index]
    assert office.slack.click(CAROL, question_again, "skip_queued", value=old).ok
    wait_gone(office, CAROL, question_again)
    assert office.statuses(draft)[1] == ["skipped", "queued"]


def test_what_began_to_leave_meanwhile_is_refused(office: Office) -> None:
    draft = office.ingest()
    office.approve(draft)
    question = answer(office, CAROL, "/outreach skip key-1")
    office.claim()
    assert office.slack.click(CAROL, question, "skip_queued").ok
    office.wait_told(CAROL, "It is being sent right now. Pause its campaign.")
    wait_gone(office, CAROL, question)
    assert last_refusal(office) == "draft_already_sending"
    assert office.statuses(draft)[1] == ["claimed"]


@pytest.mark.parametrize(
    ("rest", "sentence"),
    [
        ("", "Which draft?"),
        ("nothing", "No draft has that key or id"),
        ("key-1", "It does not wait in the queue: there is nothing to skip."),
        ("key-2", "It does not wait in the queue"),
        ("key-3 " + "x" * 600, "The reason has 600 characters; at most 500 are allowed."),
    ],
)
def test_what_cannot_be_skipped_is_explained(office: Office, rest: str, sentence: str) -> None:
    office.ingest()
    office.deliver(office.ingest(), SENT)
    office.approve(office.ingest())
    assert said(office, CAROL, f"/outreach skip {rest}").startswith(sentence)
