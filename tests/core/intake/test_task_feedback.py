"""What comes back of a task: recorded once, said by every surface of it, and told to whoever did it."""

import hashlib
from typing import Any

import pytest

from bot.commands.lines import of_activity
from core.actor import Actor
from core.cards.task_card import task_card
from core.db import transaction
from core.errors import KeyTaken
from core.intake.feedback import FeedbackIn, NothingLeft, UnknownMessage
from core.intake.task_feedback import IngestedTaskFeedback, ingest_task_feedback
from core.taxonomy import Surface
from core.views import activity, digest
from core.views.why import why
from tests.core.intake.feedback_parts import tell
from tests.core.tasks.task_parts import Tasks, tasks_at
from tests.fixtures.domain import Domain

pytestmark = pytest.mark.slow


@pytest.fixture
def tasks(domain: Domain) -> Tasks:
    return tasks_at(domain)


def told(domain: Domain, kind: str, task: str = "task-1", **more: Any) -> bool:
    with transaction() as tx:
        body = FeedbackIn.model_validate({"kind": kind, "task": task, **more})
        by = Actor(Surface.API, domain.workspace_id)
        return ingest_task_feedback(tx, domain.workspace_id, body, by).created


def alerts(domain: Domain) -> list[tuple[Any, ...]]:
    return domain.rows(
        "SELECT m.slack_user_id, a.sentence, a.about FROM alerts a JOIN members m ON m.id = a.member_id "
        "WHERE a.kind = 'reply' ORDER BY a.about"
    )


def test_an_answer_is_said_by_card_why_digest_and_list_and_told_to_who_did_it(domain: Domain, tasks: Tasks) -> None:
    task = tasks.offered()
    owner = tasks.owner(task)
    tasks.done(task)
    domain.sql("UPDATE tasks SET drawn_revision = revision, sync_after = now() + interval '1 hour'")
    for event in ("a", "a", "b"):
        told(domain, "reply", id=event)
    assert domain.rows("SELECT drawn_revision < revision AND sync_after <= now() FROM tasks") == [(True,)]
    card = task_card(tasks.view(task), owner)
    assert str(card["text"]).startswith("Answered: ")
    assert "*Answered:* 2 replies, the last " in str(card["blocks"])
    with transaction() as tx:
        assert "Answered: 2 replies, the last " in why(tx, "task-1", domain.member()).sentence
        assert digest.read(tx, domain.workspace_id).replies == 2
        [left] = activity.activity(tx, domain.workspace_id)
    assert of_activity(left, "UTC")[1] == "answered"
    assert domain.rows("SELECT status FROM contacts") == [("replied",)]
    assert alerts(domain) == [
        (owner, "Robin answered on LinkedIn (Autumn launch).", f"reply:{task}:{number}") for number in (1, 2)
    ]


def test_who_opts_out_is_left_alone_in_mail_too(domain: Domain, tasks: Tasks) -> None:
    tasks.done(tasks.offered())
    draft = domain.ingest(to={"email": "robin1@example.net"})
    domain.approve(draft)
    assert told(domain, "unsubscribe")
    assert not told(domain, "unsubscribe", id="again")
    assert domain.statuses(draft) == ("manual_review", ["skipped"])
    assert domain.rows("SELECT DISTINCT status, suppressed_by FROM contacts") == [("do_not_contact", "address")]
    assert alerts(domain) == []


@pytest.mark.parametrize(
    ("kind", "line", "waits"), [("reply", "replied", ["reply"]), ("unsubscribe", "sent", list[str]())]
)
def test_an_answer_is_in_the_history_and_holds_what_was_planned(
    domain: Domain, tasks: Tasks, kind: str, line: str, waits: list[str]
) -> None:
    tasks.done(task := tasks.offered())
    drafts = {each: domain.ingest(to={"email": "robin1@example.net"}, kind=each) for each in ("intro", "reply")}
    for draft in drafts.values():
        domain.approve(draft)
    with transaction() as tx:
        body = FeedbackIn.model_validate({"kind": kind, "task": "task-1", "id": "evt-1", "at": "2026-11-19T12:00:00Z"})
        told = ingest_task_feedback(tx, domain.workspace_id, body, Actor(Surface.CLI))
    back = [draft for each, draft in drafts.items() if each not in waits]
    assert told == IngestedTaskFeedback(task, "task-1", created=True, brought_back=back)
    assert domain.rows("SELECT status FROM outreach_history") == [(line,)]
    columns = "workspace_id, task_id, campaign_id, surface, data"
    assert domain.rows(f"SELECT {columns} FROM message_events WHERE verb = %s", kind) == [
        (
            *(domain.workspace_id, task, domain.campaign_id, "cli"),
            {"at": "2026-11-19T12:00:00+00:00", "key_sha256": hashlib.sha256(b"evt-1").hexdigest()},
        )
    ]
    assert domain.rows("SELECT reason FROM suppressions") == ([("unsubscribe",)] if kind == "unsubscribe" else [])


def test_each_task_has_its_own(domain: Domain, tasks: Tasks) -> None:
    first, second = tasks.offered(), tasks.ingest_task()
    tasks.done(first)
    assert [told(domain, "reply", key) for key in ("task-2", "task-1")] == [True, True]
    assert [about for *_, about in alerts(domain)] == [f"reply:{first}:1"]
    assert [told(domain, "unsubscribe", key) for key in ("task-2", "task-1")] == [True, True]
    assert told(domain, "reply", id="after all")
    assert [about for *_, about in alerts(domain)] == [f"reply:{first}:1", f"reply:{first}:2"]
    assert second != first


def test_before_it_is_done_an_answer_is_of_the_person_and_nobody_did_it(domain: Domain, tasks: Tasks) -> None:
    tasks.ingest_task()
    assert told(domain, "reply")
    assert (domain.rows("SELECT status FROM contacts"), alerts(domain)) == ([("replied",)], [])


@pytest.mark.parametrize("kind", ["bounce", "complaint"])
def test_nothing_of_a_task_bounces(domain: Domain, tasks: Tasks, kind: str) -> None:
    tasks.done(tasks.offered())
    with pytest.raises(NothingLeft) as caught:
        told(domain, kind)
    assert str(caught.value) == "A person does a task, so it cannot bounce or be reported as spam."


def test_an_unknown_task_and_a_key_that_is_taken_are_refused(domain: Domain, tasks: Tasks) -> None:
    tasks.done(tasks.offered())
    domain.ingest()
    with pytest.raises(UnknownMessage) as caught:
        told(domain, "reply", "task-9")
    assert str(caught.value) == "task: this workspace has no task with this key."
    tell(domain, "reply", draft="key-1", id="a")
    with pytest.raises(KeyTaken):
        told(domain, "reply", id="a")


@pytest.mark.parametrize("names", [{}, {"task": "task-1", "draft": "key-1"}])
def test_one_thing_is_named(names: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="one of message_id, draft and task"):
        FeedbackIn.model_validate({"kind": "reply", **names})
