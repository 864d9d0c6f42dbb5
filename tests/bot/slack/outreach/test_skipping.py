"""`/outreach skip`: asks, takes a draft out of the queue, and brings it back to review with the reason."""

import pytest

from bot.sandbox.client import button
from tests.bot.slack.outreach.parts import answer, last_refusal, now_says, said, wait_gone
from tests.fixtures.domain import SENT
from tests.fixtures.domain_with_slack import ALICE, CAROL, DomainWithSlack


def test_an_admin_takes_a_draft_out_with_a_reason(domain_with_slack: DomainWithSlack) -> None:
    draft = domain_with_slack.shown()
    domain_with_slack.approve(draft)
    question = answer(domain_with_slack, CAROL, "/outreach skip key-1 because the price is wrong <!here>")
    assert question["text"].startswith("Take key-1 to dana1@example.org out of the queue?")
    assert "Reason: the price is wrong !here" in question["text"]
    assert domain_with_slack.statuses(draft)[1] == ["queued"], "not before they are sure"

    assert domain_with_slack.slack.click(CAROL, question, "skip_queued").ok
    now_says(domain_with_slack, CAROL, question, "Taken out of the queue. Nothing was sent")
    assert domain_with_slack.statuses(draft) == ("needs_review", ["skipped"])
    domain_with_slack.sync(draft)
    assert "the price is wrong !here" in str(domain_with_slack.card(ALICE, draft))
    verbs = [event[:3] for event in domain_with_slack.events(draft)][-2:]
    assert verbs == [("skip", "queued", "skipped"), ("return", "approved", "needs_review")]


def test_without_a_reason_it_carries_the_name(domain_with_slack: DomainWithSlack) -> None:
    domain_with_slack.approve(domain_with_slack.ingest())
    question = answer(domain_with_slack, CAROL, "/outreach skip dana1@example.org")
    assert domain_with_slack.slack.click(CAROL, question, "skip_queued").ok
    assert domain_with_slack.rows("SELECT reason FROM send_queue") == [("Taken out of the queue by Carol Chen.",)]


def test_a_key_with_spaces_stands_in_quotes(domain_with_slack: DomainWithSlack) -> None:
    domain_with_slack.approve(domain_with_slack.ingest(key="crm 1"))
    assert answer(domain_with_slack, CAROL, "/outreach skip “crm 1” too early")["text"].startswith("Take crm 1 to")
    assert "Reason: too early" in said(domain_with_slack, CAROL, '/outreach skip "crm 1" too early')


def test_an_old_question_does_not_take_out_what_was_approved_anew(domain_with_slack: DomainWithSlack) -> None:
    draft = domain_with_slack.ingest()
    domain_with_slack.approve(draft)
    question = answer(domain_with_slack, CAROL, "/outreach skip key-1")
    assert domain_with_slack.slack.click(CAROL, question, "skip_queued").ok
    ((version,),) = domain_with_slack.rows("SELECT review_round FROM drafts")
    domain_with_slack.approve(draft, version=version)
    question_again = answer(domain_with_slack, CAROL, "/outreach skip key-1")
    old = button(question, "skip_queued")["value"]  # type: ignore[index]
    assert domain_with_slack.slack.click(CAROL, question_again, "skip_queued", value=old).ok
    wait_gone(domain_with_slack, CAROL, question_again)
    assert domain_with_slack.statuses(draft)[1] == ["skipped", "queued"]


def test_what_began_to_leave_meanwhile_is_refused(domain_with_slack: DomainWithSlack) -> None:
    draft = domain_with_slack.ingest()
    domain_with_slack.approve(draft)
    question = answer(domain_with_slack, CAROL, "/outreach skip key-1")
    domain_with_slack.claim()
    assert domain_with_slack.slack.click(CAROL, question, "skip_queued").ok
    domain_with_slack.wait_told(CAROL, "It is being sent right now. Pause its campaign.")
    wait_gone(domain_with_slack, CAROL, question)
    assert last_refusal(domain_with_slack) == "draft_already_sending"
    assert domain_with_slack.statuses(draft)[1] == ["claimed"]


@pytest.mark.parametrize(
    ("rest", "sentence"),
    [
        ("", "Which draft?"),
        ("nothing", "No draft has that key, id or recipient"),
        ("key-1", "It is not in the queue: there is nothing to skip."),
        ("key-2", "It is not in the queue"),
        ("key-3 " + "x" * 600, "The reason has 600 characters; at most 500 are allowed."),
    ],
)
def test_what_cannot_be_skipped_is_explained(domain_with_slack: DomainWithSlack, rest: str, sentence: str) -> None:
    domain_with_slack.ingest()
    domain_with_slack.deliver(domain_with_slack.ingest(), SENT)
    domain_with_slack.approve(domain_with_slack.ingest())
    assert said(domain_with_slack, CAROL, f"/outreach skip {rest}").startswith(sentence)
