"""A day with tasks, told as it goes: what a person does on LinkedIn, and says in Slack."""

from typing import Any

from bot.sandbox.client import Json, button
from core.ids import UUID
from tests.core.tasks.task_parts import Tasks, tasks_at
from tests.fixtures.domain import Domain
from tests.fixtures.full_stack import FullStack, FullStacks
from tests.fixtures.waiting import wait_until
from tests.journeys.reviewer import Reviewer, buttons


def card_of(full_stack: FullStack, user: str, task: UUID, words: str) -> Json:
    """The member's card of this task, once it says so."""

    def found() -> Json | None:
        mine = [m for m in full_stack.slack.messages(user) if _shows(m, task) and words in str(m["blocks"])]
        return mine[-1] if mine else None

    card: Json = wait_until(
        found, seconds=30, what=f"a card of a task for {user} that says {words!r}\n{full_stack.logs()}"
    )
    return card


def _shows(message: Json, task: UUID) -> bool:
    return bool(message.get("metadata", {}).get("event_payload", {}).get("task_id") == str(task))


def seat_of(full_stack: FullStack, database: str, **columns: Any) -> Tasks:
    return tasks_at(Domain(database, full_stack.workspace_id, full_stack.account_id, full_stack.campaign_id), **columns)


def test_a_day_with_tasks(full_stacks: FullStacks, database: str) -> None:
    full_stack = full_stacks()
    tasks = seat_of(full_stack, database, daily_limit_messages=2)
    domain = tasks.domain
    domain.sql(
        "DELETE FROM campaign_reviewers WHERE member_id IN (SELECT id FROM members WHERE name <> 'Alice Anderson')"
    )
    alice = Reviewer(full_stack, "U01ALICE")

    # The first step comes: who, what, the text to copy, and the way there.
    first = tasks.ingest_task()
    card = card_of(full_stack, "U01ALICE", first, "press *Done*")
    assert card["blocks"][0]["text"]["text"] == "LinkedIn message to Robin · Example"
    assert "```\nHi Robin, this is step 1.\n```" in str(card["blocks"][2]["text"]["text"])
    assert buttons(card) == {"task_done", "task_could_not", "task_open"}
    assert button(card, "task_open")["url"] == "https://www.linkedin.com/in/robin-1"

    # She has done it, and pressed twice.
    alice.clicks(card, "task_done")
    alice.clicks(card, "task_done")
    done = card_of(full_stack, "U01ALICE", first, "*Done* by <@U01ALICE>")
    assert buttons(done) == {"task_open"}
    assert domain.rows("SELECT channel, status, linkedin_folded FROM outreach_history") == [
        ("linkedin", "sent", "in/robin-1")
    ]

    # The second cannot be done, and says why: it is not counted.
    second = tasks.ingest_task()
    card = card_of(full_stack, "U01ALICE", second, "press *Done*")
    alice.clicks(card, "task_could_not")
    form = alice.modal("Why?")
    assert "Give a reason" in str(alice.submits(form, reason=" ").errors)
    assert alice.submits(form, reason="She <left>.").action == "close"
    could_not = card_of(full_stack, "U01ALICE", second, "*Could not be done:* She &lt;left&gt;.")
    assert buttons(could_not) == {"task_open"}
    assert tasks.seat().counted_messages == 1

    # A pause reaches a card that is out: nothing more comes, and what is done is done.
    third, fourth = tasks.ingest_task(), tasks.ingest_task()
    card_of(full_stack, "U01ALICE", third, "press *Done*")
    domain.pause()
    paused = card_of(full_stack, "U01ALICE", third, "please do not do this now")
    alice.clicks(paused, "task_done")
    card_of(full_stack, "U01ALICE", third, "*Done* by <@U01ALICE>")
    domain.resume()

    # That was the second of today: the next one waits until tomorrow.
    wait_until(lambda: tasks.row(fourth).held_code == "daily_limit", seconds=30, what="the limit to hold")
    assert tasks.row(fourth).status == "waiting"
    assert not [m for m in full_stack.slack.messages("U01ALICE") if _shows(m, fourth)]
