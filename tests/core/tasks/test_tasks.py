"""Tasks: taken in once, offered within every gate, and told once."""

from typing import Any

import pytest
from pydantic import ValidationError

from core.errors import BadInput, Conflict, KeyTaken, Refusal
from core.taxonomy import RefusalCode
from tests.core.delivery.claim_parts import CLOSED
from tests.core.tasks.task_parts import Tasks, task_line
from tests.fixtures.domain import Domain

pytestmark = pytest.mark.slow

# --- taking in ---


def test_the_same_key_again_is_the_same_task(tasks: Tasks) -> None:
    first = tasks.ingest_task(**task_line(9))
    assert tasks.ingest_task(**task_line(9)) == first
    with pytest.raises(KeyTaken, match="different content"):
        tasks.ingest_task(**task_line(9) | {"text": "Other words."})
    assert tasks.verbs(first) == ["ingest"]


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"to": {"email": "a@example.net"}}, "linkedin_url"),
        ({"to": {"email": "a@example.net", "linkedin_url": "https://example.net/a"}}, "linkedin_url"),
        ({"task": "fax"}, "task"),
        ({"text": ""}, "a message needs a text"),
        ({"text": "x" * 8_001}, "8,000"),
        ({"task": "linkedin_connection", "text": "x" * 301}, "300"),
        ({"step": 2}, "sequence"),
        ({"text": "a\x00b"}, "control character"),
    ],
)
def test_what_cannot_be_done_is_refused_by_name(tasks: Tasks, more: dict[str, Any], field: str) -> None:
    with pytest.raises(ValidationError, match=field):
        tasks.ingest_task(**more)


def test_a_task_needs_a_seat_and_a_campaign(domain: Domain, tasks: Tasks) -> None:
    with pytest.raises(BadInput, match=r"^campaign: "):
        tasks.ingest_task(campaign="nowhere")
    with pytest.raises(BadInput, match=r"^account: "):
        tasks.ingest_task(account="https://www.linkedin.com/in/nobody")
    domain.sql("UPDATE accounts SET channel = 'email' WHERE id = %s", tasks.seat_id)
    with pytest.raises(BadInput, match=r"^account: the workspace has no LinkedIn account"):
        tasks.ingest_task()


def test_one_task_a_step(tasks: Tasks) -> None:
    person = task_line(1)["to"]
    tasks.ingest_task(sequence="run", step=1, to=person)
    with pytest.raises(KeyTaken, match=r"^step: "):
        tasks.ingest_task(sequence="run", step=1, to=person)
    tasks.ingest_task(sequence="run", step=1, to=person, task="linkedin_connection")


def test_a_person_has_one_page(tasks: Tasks) -> None:
    tasks.ingest_task()
    other = task_line(1)["to"] | {"linkedin_url": "https://www.linkedin.com/in/somebody-else"}
    with pytest.raises(BadInput, match="linkedin_url"):
        tasks.ingest_task(to=other)


# --- offering ---


def test_a_task_goes_to_the_reviewer_with_the_least_to_do(tasks: Tasks) -> None:
    owners = [tasks.owner(tasks.offered()) for _ in range(6)]
    assert sorted(owners) == ["U01ALICE", "U01ALICE", "U02BOB", "U02BOB", "U03CAROL", "U03CAROL"]


def test_nobody_gets_more_than_their_hands_hold(domain: Domain, tasks: Tasks) -> None:
    domain.sql("UPDATE workspaces SET open_cards = 1")
    for _ in range(3):
        tasks.offered()
    waiting = tasks.ingest_task()
    assert tasks.offer() is None
    assert "is busy" in tasks.row(waiting).reason


def test_where_no_reviewer_can_be_reached_an_admin_is_asked(domain: Domain, tasks: Tasks) -> None:
    domain.sql("UPDATE members SET active = false WHERE slack_user_id IN ('U01ALICE', 'U02BOB')")
    domain.sql("DELETE FROM campaign_reviewers WHERE member_id IN (SELECT id FROM members WHERE role = 'admin')")
    assert tasks.owner(tasks.offered()) == "U03CAROL"


def test_a_paused_campaign_offers_nothing_more_and_done_is_still_true(domain: Domain, tasks: Tasks) -> None:
    offered, waiting = tasks.offered(), tasks.ingest_task()
    before = tasks.row(offered).revision
    domain.pause()
    assert tasks.offer() is None
    assert tasks.row(waiting).status == "waiting"
    assert tasks.view(offered).paused
    assert tasks.row(offered).revision > before, "its card says so"
    assert tasks.recheck_offer() == 0
    tasks.done(offered)
    assert tasks.row(offered).status == "done"
    domain.resume()
    assert tasks.offer() == waiting


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        ("UPDATE accounts SET status = 'paused'", None),
        ("UPDATE installation SET sending_stopped = 'Stop.', stopped_at = now(), stopped_by = 'person'", None),
        ("UPDATE accounts SET weekdays = '{}'", "outside_hours"),
    ],
)
def test_a_closed_gate_holds_a_task(domain: Domain, tasks: Tasks, statement: str, code: str | None) -> None:
    task = tasks.ingest_task()
    domain.sql(statement)
    assert tasks.offer() is None
    assert tasks.row(task).status == "waiting"
    assert code is None or tasks.row(task).held_code == code


@pytest.mark.parametrize("status", ["do_not_contact", "replied"])
def test_who_does_not_want_it_is_skipped(domain: Domain, tasks: Tasks, status: str) -> None:
    waiting, other = tasks.ingest_task(), tasks.ingest_task()
    domain.sql("UPDATE contacts SET status = %s WHERE id = %s", status, tasks.row(waiting).contact_id)
    assert tasks.offer() == other
    assert tasks.row(waiting).status == "skipped"
    assert tasks.verbs(waiting) == ["ingest", "skip"]


def test_who_asks_not_to_be_written_to_while_it_is_offered_is_skipped(domain: Domain, tasks: Tasks) -> None:
    task = tasks.offered()
    domain.sql("UPDATE contacts SET status = 'do_not_contact' WHERE id = %s", tasks.row(task).contact_id)
    assert tasks.recheck_offer() == 1
    assert tasks.row(task).status == "skipped"
    assert tasks.seat().counted_messages == 0
    with pytest.raises(Refusal, match="withdrawn"):
        tasks.could_not(task)


# --- telling ---


def test_the_same_click_twice_is_one_act(domain: Domain, tasks: Tasks) -> None:
    task = tasks.offered()
    tasks.done(task)
    tasks.done(task)
    assert tasks.verbs(task) == ["ingest", "offer", "done"]
    assert domain.rows("SELECT count(*) FROM outreach_history") == [(1,)]
    with pytest.raises(Conflict, match="did this"):
        tasks.could_not(task)


def test_only_its_owner_and_admins_tell_what_it_came_to(tasks: Tasks) -> None:
    task = tasks.offered()
    other = next(user for user in ("U01ALICE", "U02BOB") if user != tasks.owner(task))
    with pytest.raises(Refusal, match="This task is") as refused:
        tasks.done(task, other)
    assert refused.value.code == RefusalCode.NOT_A_REVIEWER
    tasks.done(task, "U03CAROL")


def test_could_not_says_why(tasks: Tasks) -> None:
    task = tasks.offered()
    with pytest.raises(BadInput):
        tasks.could_not(task, "  ")
    tasks.could_not(task, "No such page.")
    assert tasks.row(task).reason == "No such page."
    assert tasks.verbs(task) == ["ingest", "offer", "could_not"]


def test_what_nobody_was_offered_cannot_be_done(tasks: Tasks) -> None:
    task = tasks.ingest_task()
    with pytest.raises(Refusal):
        tasks.done(task, "U03CAROL", offer=0)


def test_a_closed_seat_offers_when_it_opens(tasks: Tasks) -> None:
    tasks.seat(**CLOSED)
    task = tasks.ingest_task()
    assert tasks.offer() is None
    tasks.seat(weekdays=[1, 2, 3, 4, 5, 6, 7])
    assert tasks.offer() == task
