"""Clicks on task cards: recorded before the ack, refused kindly, and the card true afterwards."""

import pytest

from bot.sandbox.client import Json
from core.ids import UUID, new_id
from jobs.sync_tasks import offer_tasks, sync, take_back_tasks
from tests.core.tasks.task_parts import Tasks, tasks_at
from tests.fixtures.domain_with_slack import DomainWithSlack


@pytest.fixture
def tasks(domain_with_slack: DomainWithSlack) -> Tasks:
    domain_with_slack.sql(
        "DELETE FROM campaign_reviewers WHERE member_id IN (SELECT id FROM members WHERE name <> 'Alice Anderson')"
    )
    return tasks_at(domain_with_slack)


def cards(domain_with_slack: DomainWithSlack, task: UUID, user: str = "U01ALICE") -> list[Json]:
    return [
        m
        for m in domain_with_slack.slack.messages(user)
        if str(task) in str(m.get("metadata", {}).get("event_payload", {}))
    ]


def shown(domain_with_slack: DomainWithSlack, tasks: Tasks) -> tuple[UUID, Json]:
    """A task that Alice has the card of."""
    task = tasks.ingest_task()
    offer_tasks()
    assert sync(task)
    (card,) = cards(domain_with_slack, task)
    return task, card


def test_a_card_is_posted_once_and_drawn_again_in_place(domain_with_slack: DomainWithSlack, tasks: Tasks) -> None:
    task, card = shown(domain_with_slack, tasks)
    assert sync(task)
    domain_with_slack.slack.click("U01ALICE", card, "task_done")
    domain_with_slack.quiet()
    assert sync(task)
    (after,) = cards(domain_with_slack, task)
    assert after["ts"] == card["ts"]
    assert "*Done* by <@U01ALICE>" in str(after["blocks"])


def test_a_stale_click_is_refused_kindly_and_is_an_event(domain_with_slack: DomainWithSlack, tasks: Tasks) -> None:
    task, card = shown(domain_with_slack, tasks)
    domain_with_slack.sql("UPDATE tasks SET counted_on = counted_on - 1")
    take_back_tasks()
    offer_tasks()
    domain_with_slack.slack.click("U01ALICE", card, "task_done")
    assert "offered again" in domain_with_slack.wait_told("U01ALICE", "offered again")
    assert tasks.row(task).status == "offered"
    assert tasks.verbs(task)[-1] == "refuse"


def test_done_elsewhere_is_told(domain_with_slack: DomainWithSlack, tasks: Tasks) -> None:
    task, card = shown(domain_with_slack, tasks)
    tasks.done(task, "U03CAROL")
    domain_with_slack.slack.click("U01ALICE", card, "task_done")
    domain_with_slack.wait_told("U01ALICE", "Carol Chen did this at")
    domain_with_slack.quiet()
    assert sync(task)
    assert "*Done* by <@U03CAROL>" in str(cards(domain_with_slack, task)[0]["blocks"])


def test_could_not_of_a_task_that_was_done_is_told_in_the_window(
    domain_with_slack: DomainWithSlack, tasks: Tasks
) -> None:
    task, card = shown(domain_with_slack, tasks)
    domain_with_slack.slack.click("U01ALICE", card, "task_could_not")
    form = domain_with_slack.modal("U01ALICE", "Why?")
    tasks.done(task, "U03CAROL")
    domain_with_slack.slack.submit("U01ALICE", form, {"reason": "No."})
    domain_with_slack.modal("U01ALICE", "Carol Chen did this at")
    assert tasks.row(task).status == "done"


def test_a_long_text_is_read_whole_in_a_window(domain_with_slack: DomainWithSlack, tasks: Tasks) -> None:
    text = " ".join(f"word{number}" for number in range(900))
    task = tasks.ingest_task(text=text)
    offer_tasks()
    assert sync(task)
    (card,) = cards(domain_with_slack, task)
    assert "word899" not in str(card["blocks"])
    domain_with_slack.slack.click("U01ALICE", card, "task_read")
    window = domain_with_slack.modal("U01ALICE", "word899")
    sections = [block["text"]["text"] for block in window["blocks"] if block["type"] == "section"]
    assert "".join(sections) == text


def test_a_card_of_somebody_who_cannot_be_reached_goes_to_another(
    domain_with_slack: DomainWithSlack, tasks: Tasks
) -> None:
    task = tasks.ingest_task()
    offer_tasks()
    assert tasks.owner(task) == "U01ALICE"
    domain_with_slack.sql("UPDATE task_cards SET gone_reason = 'user_not_found'")
    take_back_tasks()
    offer_tasks()
    assert tasks.owner(task) == "U03CAROL", "an admin, as no reviewer is left"
    assert sync(task)
    assert "press *Done*" in str(cards(domain_with_slack, task, "U03CAROL")[0]["blocks"])


def test_the_card_of_a_task_that_moved_on_has_no_buttons(domain_with_slack: DomainWithSlack, tasks: Tasks) -> None:
    task, _ = shown(domain_with_slack, tasks)
    domain_with_slack.sql("UPDATE members SET muted_until = now() + interval '7 days' WHERE slack_user_id = 'U01ALICE'")
    domain_with_slack.sql("UPDATE tasks SET counted_on = counted_on - 1")
    take_back_tasks()
    assert sync(task)
    assert "please do not do it now" in str(cards(domain_with_slack, task)[0]["blocks"])
    offer_tasks()
    assert sync(task)
    assert "<@U03CAROL> has it now" in str(cards(domain_with_slack, task)[0]["blocks"])
    assert "task_done" not in str(cards(domain_with_slack, task)[0]["blocks"])


def test_a_button_of_no_task_does_nothing(domain_with_slack: DomainWithSlack, tasks: Tasks) -> None:
    _, card = shown(domain_with_slack, tasks)
    domain_with_slack.slack.click("U01ALICE", card, "task_done", value=f"{new_id()}:1")
    domain_with_slack.wait_told("U01ALICE", "There is no such task")
    domain_with_slack.slack.click("U01ALICE", card, "task_done", value="nonsense")
    domain_with_slack.wait_told("U01ALICE", "has no draft")
