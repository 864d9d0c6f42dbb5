"""A database that was restored to an older state sends nothing that may have gone, until a person confirms it."""

from collections.abc import Callable, Iterator

import psycopg
import pytest
from psycopg import sql

from bot.cli import run
from core.db import engine, transaction
from core.ids import UUID, new_id
from core.installation import kill_switch, restored
from core.installation.restored import Mark
from core.mail.server import mail_server
from jobs import clock, start_log
from jobs.deliver import deliver_next
from tests.fixtures.domain_with_slack import DomainWithSlack
from tests.jobs.restore_parts import Arrived, approved, arrived, forget_file, forget_redis

__all__ = ["arrived"]

Restore = Callable[[], None]


@pytest.fixture
def snapshot(domain_with_slack: DomainWithSlack) -> Iterator[Callable[[], Restore]]:
    """`restore = snapshot()` keeps the database as it is; `restore()` brings it back, as pg_restore would."""
    made: list[str] = []
    (name,) = domain_with_slack.rows("SELECT current_database()")[0]

    def administer(*statements: str) -> None:
        engine().dispose()
        with psycopg.connect(domain_with_slack.url, dbname="template1", autocommit=True) as connection:
            for statement in statements:
                connection.execute(sql.SQL(statement).format(kept=sql.Identifier(made[-1]), own=sql.Identifier(name)))

    def keep() -> Restore:
        made.append(f"{name}_kept_{len(made)}")
        administer("CREATE DATABASE {kept} TEMPLATE {own}")
        return lambda: administer("DROP DATABASE {own} WITH (FORCE)", "CREATE DATABASE {own} TEMPLATE {kept}")

    yield keep
    while made:
        administer("DROP DATABASE {kept} WITH (FORCE)")
        made.pop()


def deliver_all(domain_with_slack: DomainWithSlack) -> None:
    while deliver_next(domain_with_slack.account_id):
        pass


def one_left_since(domain_with_slack: DomainWithSlack, snapshot: Callable[[], Restore], approve: int) -> None:
    """So many are approved, one leaves, and the database is restored to the moment before it did."""
    approved(domain_with_slack, approve)
    go_back = snapshot()
    assert deliver_next(domain_with_slack.account_id)
    go_back()


def nothing() -> None:
    """Neither place is lost."""


@pytest.mark.parametrize("lose", [nothing, forget_redis, forget_file])
def test_p1_nothing_leaves_a_second_time_from_a_restored_database(
    domain_with_slack: DomainWithSlack, arrived: Arrived, snapshot: Callable[[], Restore], lose: Callable[[], None]
) -> None:
    drafts = approved(domain_with_slack, 3)
    assert deliver_next(domain_with_slack.account_id)
    go_back = snapshot()
    deliver_all(domain_with_slack)
    assert arrived() == 3
    go_back()
    lose()
    assert domain_with_slack.statuses(drafts[1]) == ("approved", ["queued"])
    deliver_all(domain_with_slack)
    assert arrived() == 3
    assert domain_with_slack.state(drafts[1]) == "waiting"
    assert "`signoff installation confirm`" in str(domain_with_slack.view(drafts[1]).reason)
    assert domain_with_slack.attempts(drafts[1]) == []
    assert [event[0] for event in domain_with_slack.events()].count("stop_sending") == 1


def test_a_person_who_confirms_lets_the_rest_go(
    domain_with_slack: DomainWithSlack,
    arrived: Arrived,
    snapshot: Callable[[], Restore],
    capsys: pytest.CaptureFixture[str],
) -> None:
    one_left_since(domain_with_slack, snapshot, approve=2)
    assert not deliver_next(domain_with_slack.account_id)
    assert run(["installation", "start", "--yes"]) == 1
    assert "`signoff installation confirm`" in capsys.readouterr().err
    assert run(["installation", "confirm", "--yes"]) == 0
    told = capsys.readouterr().out
    assert "started 1 send attempts; this database knows 0" in told
    assert "2 approved drafts that wait here" in told
    assert "key-1" in told
    domain_with_slack.make_due()
    deliver_all(domain_with_slack)
    assert arrived() == 3  # the first of them twice, as a person took it on
    assert domain_with_slack.rows("SELECT min(number) FROM send_attempts") == [(2,)]
    assert [event[0] for event in domain_with_slack.events() if "sending" in event[0]] == [
        "stop_sending",
        "allow_sending",
    ]
    assert run(["installation", "confirm", "--yes"]) == 1


def test_a_standby_whose_sequence_ran_ahead_is_found_out_too(
    domain_with_slack: DomainWithSlack, arrived: Arrived, snapshot: Callable[[], Restore]
) -> None:
    one_left_since(domain_with_slack, snapshot, approve=3)
    domain_with_slack.sql("SELECT setval('attempt_numbers', 33)")
    assert not deliver_next(domain_with_slack.account_id)
    assert arrived() == 1


def test_with_both_places_lost_the_database_is_believed(
    domain_with_slack: DomainWithSlack, arrived: Arrived, snapshot: Callable[[], Restore]
) -> None:
    one_left_since(domain_with_slack, snapshot, approve=1)
    forget_redis()
    forget_file()
    assert deliver_next(domain_with_slack.account_id)
    assert arrived() == 2


def test_a_fresh_database_beside_an_old_home_is_told_apart(domain_with_slack: DomainWithSlack) -> None:
    start_log.note(120, new_id())
    approved(domain_with_slack, 1)
    assert not deliver_next(domain_with_slack.account_id)
    with transaction() as tx:
        stopped = kill_switch.stopped(tx)
    assert stopped is not None
    assert "120 send attempts" in stopped.reason
    assert "lacks them all" in stopped.reason
    assert "new beside an older SIGNOFF_HOME" in stopped.reason


def test_p1_a_copy_made_while_the_mail_was_connecting_does_not_send_it_again(
    domain_with_slack: DomainWithSlack,
    arrived: Arrived,
    snapshot: Callable[[], Restore],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The copy knows the attempt, and not that it has started."""
    approved(domain_with_slack, 1)
    made: list[Restore] = []

    def copied_first(smtp_url: str, account_id: UUID) -> object:
        made.append(snapshot())
        return mail_server(smtp_url, account_id)

    monkeypatch.setattr("jobs.deliver.mail_server", copied_first)
    assert deliver_next(domain_with_slack.account_id)
    assert arrived() == 1
    made[0]()
    assert domain_with_slack.rows("SELECT status FROM send_queue") == [("claimed",)]
    domain_with_slack.sql("UPDATE send_queue SET lease_until = now() - interval '1 second'")
    domain_with_slack.expire()
    domain_with_slack.make_due()
    assert not deliver_next(domain_with_slack.account_id)
    assert arrived() == 1
    with transaction() as tx:
        stopped = kill_switch.stopped(tx)
    assert stopped is not None
    assert "1 send attempts were started here, and the database lacks them all" in stopped.reason


def test_a_copy_that_ends_between_two_starts_is_found_out_whichever_was_counted_first(
    domain_with_slack: DomainWithSlack,
) -> None:
    approved(domain_with_slack, 2)
    first = domain_with_slack.claim()
    second = domain_with_slack.claim()
    assert domain_with_slack.start(second)  # the later number started first, and the copy ends here
    start_log.note(second.number, second.attempt_id)
    assert not start_log.stop_if_restored()
    start_log.note(first.number, first.attempt_id)
    assert start_log.stop_if_restored()
    with transaction() as tx:
        stopped = kill_switch.stopped(tx)
    assert stopped is not None
    assert "the database lacks some of them" in stopped.reason


def test_mail_at_rcpt_is_held_back_when_the_clock_finds_out(domain_with_slack: DomainWithSlack) -> None:
    approved(domain_with_slack, 1)
    claimed = domain_with_slack.claim()
    start_log.note(claimed.number + 5, new_id())
    assert start_log.stop_if_restored()
    assert not domain_with_slack.start(claimed)


def test_the_clock_looks_by_itself(domain_with_slack: DomainWithSlack, monkeypatch: pytest.MonkeyPatch) -> None:
    start_log.note(5, new_id())
    own, stopping, lead = clock.Own(), clock.threading.Event(), clock.Lead()
    assert lead.take()
    monkeypatch.setattr(clock, "TICK_SECONDS", 0.01)
    monkeypatch.setattr(clock, "tick", lambda *_: stopping.set())
    clock._lead(stopping, own, lead)
    own.stop()
    lead.give_up()
    with transaction() as tx:
        assert kill_switch.stopped(tx) is not None


def test_a_confirmed_number_of_another_host_is_not_asked_about_again(domain_with_slack: DomainWithSlack) -> None:
    marks = [Mark(7, new_id()), Mark(5, new_id())]
    with transaction() as tx:
        assert restored.stop_if_behind(tx, marks[:1])
    with transaction() as tx:
        restored.confirm(tx, marks[:1], domain_with_slack.member("U03CAROL"))
    with transaction() as tx:
        assert restored.lost_mark(tx, marks) is None
        assert restored.lost_mark(tx, [Mark(8, new_id())]) is not None


def test_a_stop_by_a_person_outlives_the_confirmation(domain_with_slack: DomainWithSlack) -> None:
    with transaction() as tx:
        kill_switch.stop(tx, "An audit.", domain_with_slack.member("U03CAROL"))
    start_log.note(9, new_id())
    assert run(["installation", "start", "--yes"]) == 1
    assert run(["installation", "confirm", "--yes"]) == 0
    with transaction() as tx:
        stopped = kill_switch.stopped(tx)
    assert stopped is not None
    assert stopped.reason == "An audit."
    assert run(["installation", "start", "--yes"]) == 0


def test_it_can_be_confirmed_before_anybody_found_out(domain_with_slack: DomainWithSlack) -> None:
    start_log.note(9, new_id())
    assert run(["installation", "confirm", "--yes"]) == 0
    assert not start_log.stop_if_restored()
    assert [verb for verb, *_ in domain_with_slack.events()] == ["allow_sending"]


# --- the guards can be seen to hold ---


def test_without_the_look_before_the_claim_it_leaves_twice(
    domain_with_slack: DomainWithSlack,
    arrived: Arrived,
    snapshot: Callable[[], Restore],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    approved(domain_with_slack, 1)
    go_back = snapshot()
    assert deliver_next(domain_with_slack.account_id)
    go_back()
    monkeypatch.setattr(restored, "stop_if_behind", lambda *_: False)
    assert deliver_next(domain_with_slack.account_id)
    assert arrived() == 2
