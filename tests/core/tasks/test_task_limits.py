"""Tasks: never over the limit of their kind, and nobody is written to within sixty days by any channel."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest
from psycopg import errors as pg

from core.errors import Stale
from tests.core.delivery.claim_parts import days_pass, wrote
from tests.core.tasks.task_parts import Tasks, task_line, tasks_at
from tests.fixtures.domain import Domain

pytestmark = pytest.mark.slow

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


def _offer_by_hand(domain: Domain, task: Any) -> None:
    with psycopg.connect(domain.url) as raw:
        raw.execute(
            "UPDATE tasks SET status = 'offered', offers = 1, offered_to = (SELECT id FROM members LIMIT 1)"
            " WHERE id = %s",
            (task,),
        )


# --- whom nobody is asked to write to ---

SAID = {
    "opted_out": "UPDATE contacts SET status = 'do_not_contact'",
    "replied": "UPDATE contacts SET status = 'replied'",
    "suppressed": "INSERT INTO suppressions (id, workspace_id, kind, value_folded, reason)"
    " SELECT gen_random_uuid(), workspace_id, 'address', email_folded, 'x' FROM contacts",
}


@pytest.mark.parametrize("code", SAID)
def test_p8_the_database_offers_no_task_for_whom_nobody_writes_to(domain: Domain, tasks: Tasks, code: str) -> None:
    task = tasks.ingest_task()
    domain.sql(SAID[code])
    with pytest.raises(pg.IntegrityError, match=rf"^{code}:"):
        _offer_by_hand(domain, task)


def test_a_task_for_whoever_opted_out_as_another_contact_is_skipped(domain: Domain, tasks: Tasks) -> None:
    """Also where the contact at hand was not marked."""
    person = task_line(1)["to"]
    task = tasks.ingest_task(to=person)
    domain.ingest(to={"email": "other@example.net", "linkedin_url": person["linkedin_url"]})
    domain.sql("ALTER TABLE contacts DISABLE TRIGGER USER")
    domain.sql("UPDATE contacts SET status = 'do_not_contact' WHERE email = 'other@example.net'")
    domain.sql("ALTER TABLE contacts ENABLE TRIGGER USER")
    assert tasks.offer() is None
    assert (tasks.row(task).status, tasks.row(task).held_code) == ("skipped", "opted_out")


def test_a_task_of_a_run_waits_for_the_mail_before_it(domain: Domain, tasks: Tasks) -> None:
    person = task_line(1)["to"]
    mail = domain.ingest(to=person, sequence="run")
    task = tasks.ingest_task(to=person, sequence="run", step=2)
    assert tasks.offer() is None
    assert tasks.row(task).held_code == "step_before"
    with pytest.raises(pg.IntegrityError, match=r"^step_before:"):
        _offer_by_hand(domain, task)
    domain.reject(mail)
    domain.sql("UPDATE tasks SET due_at = now()")
    assert tasks.offer() == task


def test_a_seat_that_moves_west_begins_no_new_day(domain: Domain, tasks: Tasks) -> None:
    """It is Sunday there still, and the tasks of Monday were counted."""
    tasks.seat(daily_limit_messages=2, timezone="Pacific/Kiritimati")
    tasks.offered()
    [(counted,)] = domain.rows("SELECT counted_on FROM accounts WHERE channel = 'linkedin'")
    tasks.seat(timezone="Pacific/Pago_Pago")
    second = tasks.offered()
    assert domain.rows("SELECT counted_on, counted_messages FROM accounts WHERE channel = 'linkedin'") == [(counted, 2)]
    assert tasks.row(second).counted_on == counted
    assert tasks.recheck_offer() == 0, "its day is not over before it has begun"
    tasks.ingest_task()
    assert tasks.offer() is None
