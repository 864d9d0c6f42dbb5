"""The connections of a process: how many there are, what each transaction begins with, and what it waits for."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
import sqlalchemy as sa
from psycopg import errors as pg

from core import db
from core.connections import why_no_connection
from core.db import SERVER_LIMITS, engine, transaction
from core.errors import DatabaseAway
from core.settings import settings
from tests.fixtures.databases import set_up
from tests.fixtures.roles import role


def backend() -> int:
    with transaction() as tx:
        return int(tx.scalar(sa.text("SELECT pg_backend_pid()")) or 0)


@pytest.fixture
def three(database_url: str, redis_url: str) -> Iterator[str]:
    """This process is on a role that the server gives three connections."""
    with role(database_url, limit=3) as url, set_up(url, redis_url):
        backend()
        yield url


def test_every_transaction_has_its_limits_whatever_the_role_has(database_url: str, redis_url: str) -> None:
    own = ("statement_timeout = 0", "lock_timeout = 0", "default_transaction_isolation = 'serializable'")
    with (
        role(database_url, *(f"ALTER ROLE {{}} SET {setting}" for setting in own)) as url,
        set_up(url, redis_url),
        transaction() as tx,
    ):
        question = sa.text("SELECT name, setting::int FROM pg_settings WHERE name = ANY(:names)")
        assert dict(tx.execute(question, {"names": list(SERVER_LIMITS)}).all()) == SERVER_LIMITS  # type: ignore[arg-type]
        assert tx.scalar(sa.text("SHOW transaction_isolation")) == "read committed"


def test_a_statement_that_takes_too_long_is_ended(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(db, "BEGIN", db.begin_with(SERVER_LIMITS | {"statement_timeout": 50}))
    with pytest.raises(DatabaseAway) as caught, transaction() as tx:
        tx.execute(sa.text("SELECT pg_sleep(20)"))
    assert isinstance(caught.value.__cause__.orig, pg.QueryCanceled)  # type: ignore[union-attr]


def test_a_transaction_begins_in_one_round_trip(database: str) -> None:
    """Limits cost none: they go with BEGIN."""
    backend()
    with transaction() as tx:
        driver = tx.connection.driver_connection
        assert isinstance(driver, psycopg.Connection)
        assert driver.info.transaction_status == psycopg.pq.TransactionStatus.INTRANS
    assert db.BEGIN.count(b"BEGIN") == 1


def test_at_the_servers_limit_a_transaction_waits_for_one_of_ours(three: str) -> None:
    inside = threading.Barrier(4)

    def hold() -> int:
        with transaction() as tx:
            pid = int(tx.scalar(sa.text("SELECT pg_backend_pid()")) or 0)
            inside.wait(10)
            return pid

    with ThreadPoolExecutor(4) as pool:
        holders = [pool.submit(hold) for _ in range(3)]
        while inside.n_waiting < 3:
            assert not any(holder.done() for holder in holders)
            threading.Event().wait(0.01)
        fourth = pool.submit(backend)
        inside.wait(10)
        pids = {holder.result(10) for holder in holders}
        assert fourth.result(10) in pids
    assert engine().pool.checkedout() == 0  # type: ignore[attr-defined]


def test_at_the_servers_limit_it_does_not_wait_for_ever(three: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine().pool, "_timeout", 0.2)
    with transaction(), transaction(), transaction():
        began = time.monotonic()
        with pytest.raises(DatabaseAway), transaction():
            pass
        assert 0.15 < time.monotonic() - began < 2
    backend()


def test_a_server_that_is_away_is_not_waited_for(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with transaction():
        monkeypatch.setattr(engine().pool, "_invoke_creator", _refused)
        began = time.monotonic()
        with pytest.raises(DatabaseAway), transaction():
            pass
        assert time.monotonic() - began < 1


def _refused(*_: object, **__: object) -> object:
    raise psycopg.OperationalError('connection to server at "127.0.0.1", port 1 failed: Connection refused')


def test_a_process_opens_no_more_than_it_is_told(
    database_url: str, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`meet_database` makes the one engine of a process before there are threads."""
    monkeypatch.setenv("DATABASE_CONNECTIONS", "2")
    with set_up(database_url, redis_url):
        assert settings().database_connections == 2
        backend()
        with ThreadPoolExecutor(8) as pool:
            assert len(set(pool.map(lambda _: backend(), range(40)))) <= 2


def test_after_a_failover_new_connections_are_sought(database: str) -> None:
    """The pool's own lead to a server that takes nothing in any more."""
    before = backend()
    with pytest.raises(DatabaseAway):
        _write_where_nothing_is_taken_in()
    assert backend() != before


def _write_where_nothing_is_taken_in() -> None:
    with transaction() as tx:
        tx.execute(sa.text("SET TRANSACTION READ ONLY"))
        tx.execute(sa.text("UPDATE installation SET sending_stopped = 'x'"))


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ('connection to server at "127.0.0.1", port 1 failed: Connection refused', "nothing listens at its address"),
        ('failed: FATAL:  password authentication failed for user "x"', "it refused the user or the password"),
        ('failed: FATAL:  database "nope" does not exist', "there is no database of this name"),
        ("failed to resolve host 'nowhere': [Errno -2] Name or service not known", "its host was not found"),
        ("failed: FATAL:  sorry, too many clients already", "it has no free connection"),
        ("connection timeout expired", "it took too long"),
        ("server closed the connection unexpectedly", "it closed the connection"),
        ("something new\nof tomorrow", 'it says "something new of tomorrow"'),
        ("", "no reason given"),
    ],
)
def test_why_there_is_no_connection_is_told_in_our_words(said: str, told: str) -> None:
    assert why_no_connection(said) == told
