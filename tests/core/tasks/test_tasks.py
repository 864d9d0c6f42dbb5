"""Tasks: offered within every gate and limit, told once, and in the history like any mail."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest
from psycopg import errors as pg
from pydantic import ValidationError

from core.errors import BadInput, Conflict, KeyTaken, Refusal, Stale
from core.taxonomy import RefusalCode
from tests.core.delivery.claim_parts import CLOSED, days_pass, wrote
from tests.core.tasks.task_parts import Tasks, task_line, tasks_at
from tests.fixtures.domain import Domain


@pytest.fixture
def tasks(domain: Domain) -> Tasks:
    return tasks_at(domain)


# --- taking in ---


def test_the_same_key_again_is_the_same_task(tasks: Tasks) -> None:
    first = tasks.ingest_task(**task_line(9))
    assert tasks.ingest_task(**task_line(9)) == first
    with pytest.raises(KeyTaken, match="other content"):
        tasks.ingest_task(**task_line(9) | {"text": "Other words."})
    assert tasks.verbs(first) == ["ingest"]


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"to": {"email": "a@example.net"}}, "linkedin_url"),
        ({"to": {"email": "a@example.net", "linkedin_url": "https://example.net/a"}}, "linkedin_url"),
        ({"task": "fax"}, "task"),
        ({"text": ""}, "a message says something"),
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
    assert "hands full" in tasks.row(waiting).reason


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
    with pytest.raises(Refusal, match="taken back"):
        tasks.could_not(task)


# --- limits ---


def test_beyond_the_limit_of_its_kind_a_task_waits_until_tomorrow(domain: Domain, tasks: Tasks) -> None:
    tasks.seat(daily_limit_messages=2, daily_limit_connections=1)
    for _ in range(2):
        tasks.offered()
    over, also = tasks.ingest_task(), tasks.ingest_task()
    invitation = tasks.ingest_task(task="linkedin_connection")
    assert tasks.offer() == invitation, "another kind has a limit of its own"
    assert tasks.offer() is None
    for task in (over, also):
        assert tasks.row(task).held_code == "daily_limit"
        assert tasks.row(task).due_at > tasks.row(task).created_at
    days_pass(domain, 1)
    domain.sql(
        "UPDATE tasks SET due_at = now(), counted_on = counted_on - 1 WHERE due_at > now() OR status = 'offered'"
    )
    assert {tasks.offer(), tasks.offer()} == {over, also}


def test_could_not_gives_the_count_back_and_the_next_comes_at_once(tasks: Tasks) -> None:
    tasks.seat(daily_limit_messages=1)
    first, second = tasks.offered(), tasks.ingest_task()
    assert tasks.offer() is None
    assert tasks.row(second).held_code == "daily_limit"
    tasks.could_not(first)
    assert tasks.seat().counted_messages == 0
    assert tasks.offer() == second
    tasks.done(second)
    assert tasks.seat().counted_messages == 1


def test_a_higher_limit_counts_at_once(tasks: Tasks) -> None:
    tasks.seat(daily_limit_messages=0)
    task = tasks.ingest_task()
    assert tasks.offer() is None
    tasks.seat(daily_limit_messages=1)
    assert tasks.offer() == task


def test_p8_racing_offers_are_never_over_the_limit(tasks: Tasks) -> None:
    tasks.seat(daily_limit_messages=7)
    for _ in range(20):
        tasks.ingest_task()
    with ThreadPoolExecutor(8) as pool:
        offered = [task for task in pool.map(lambda _: tasks.offer(), range(24)) if task]
    assert len(offered) == len(set(offered)) == 7
    assert tasks.seat().counted_messages == 7


def test_p8_the_database_refuses_one_over_the_limit(domain: Domain, tasks: Tasks) -> None:
    task = tasks.ingest_task()
    tasks.seat(daily_limit_messages=0)
    with pytest.raises(pg.IntegrityConstraintViolation, match="daily_limit"):
        _offer_by_hand(domain, task)


def test_what_was_not_done_on_its_day_is_taken_back_and_comes_again(domain: Domain, tasks: Tasks) -> None:
    task = tasks.offered()
    owner = tasks.owner(task)
    domain.sql("UPDATE tasks SET counted_on = counted_on - 1")
    assert tasks.recheck_offer() == 1
    assert tasks.row(task).status == "waiting"
    assert tasks.offer() == task
    with pytest.raises(Stale):
        tasks.done(task, owner, offer=1)
    tasks.done(task, offer=2)
    assert tasks.verbs(task) == ["ingest", "offer", "release", "offer", "done"]


def test_done_before_the_word_came_that_it_was_taken_back_is_done(domain: Domain, tasks: Tasks) -> None:
    task = tasks.offered()
    domain.sql("UPDATE tasks SET counted_on = counted_on - 1")
    tasks.recheck_offer()
    tasks.seat(daily_limit_messages=0)
    tasks.done(task)
    assert tasks.row(task).status == "done"
    assert domain.rows("SELECT count(*) FROM outreach_history WHERE task_id = %s", task) == [(1,)]


def test_who_left_is_not_waited_for(domain: Domain, tasks: Tasks) -> None:
    task = tasks.offered()
    before = tasks.owner(task)
    domain.sql("UPDATE members SET active = false WHERE slack_user_id = %s", before)
    assert tasks.recheck_offer() == 1
    assert tasks.offer() == task
    assert tasks.owner(task) != before


# --- the sixty days ---


def test_nobody_is_written_to_within_sixty_days_by_any_channel(domain: Domain, tasks: Tasks) -> None:
    wrote(domain, "robin1@example.net", days=10)
    task = tasks.ingest_task()
    assert tasks.offer() is None
    assert tasks.row(task).held_code == "sixty_days"
    with pytest.raises(pg.IntegrityConstraintViolation, match="sixty_days"):
        _offer_by_hand(domain, task)


def test_what_was_done_holds_back_the_mail(domain: Domain, tasks: Tasks) -> None:
    person = task_line(1)["to"]
    tasks.done(tasks.offered(to=person))
    (history,) = domain.rows("SELECT channel, status, email_folded, linkedin_folded FROM outreach_history")
    assert history == ("linkedin", "sent", "robin1@example.net", "in/robin-1")
    domain.approve(domain.ingest(to=person))
    assert domain.try_claim() is None
    assert domain.rows("SELECT held_code FROM send_queue") == [("sixty_days",)]


def test_while_somebody_is_asked_to_write_no_mail_leaves(domain: Domain, tasks: Tasks) -> None:
    person = task_line(1)["to"]
    task = tasks.offered(to=person)
    domain.approve(domain.ingest(to=person))
    assert domain.try_claim() is None
    assert domain.rows("SELECT held_code FROM send_queue") == [("sixty_days",)]
    tasks.could_not(task)
    domain.make_due()
    assert domain.try_claim() is not None


def test_the_steps_of_one_sequence_pass_the_sixty_days(domain: Domain, tasks: Tasks) -> None:
    person = task_line(1)["to"]
    tasks.done(tasks.offered(to=person, sequence="run", step=1, task="linkedin_connection"))
    second = tasks.offered(to=person, sequence="run", step=2)
    domain.approve(domain.ingest(to=person, kind="follow_up", sequence="run"))
    assert domain.try_claim() is not None, "a mail of the same run does not wait for it"
    tasks.done(second)


def test_p8_one_person_is_offered_once_by_two_seats_at_once(domain: Domain, tasks: Tasks) -> None:
    person, second = task_line(1)["to"], tasks_at(domain, address="https://www.linkedin.com/in/kim")
    for _ in range(20):
        each = [tasks.ingest_task(to=person, account=seat.seat().address) for seat in (tasks, second)]
        with ThreadPoolExecutor(4) as pool:
            asked = pool.map(lambda seat: seat.offer(), (tasks, second, tasks, second))
            offered = [task for task in asked if task]
        assert len(offered) == 1
        assert offered[0] in each
        tasks.could_not(offered[0])
        domain.sql("UPDATE tasks SET due_at = 'infinity' WHERE status = 'waiting'")


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


def _offer_by_hand(domain: Domain, task: Any) -> None:
    with psycopg.connect(domain.url) as raw:
        raw.execute(
            "UPDATE tasks SET status = 'offered', offers = 1, offered_to = (SELECT id FROM members LIMIT 1)"
            " WHERE id = %s",
            (task,),
        )
