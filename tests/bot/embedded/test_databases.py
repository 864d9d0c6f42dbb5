"""The fixtures themselves: what other tests rely on."""

import os
import signal
from pathlib import Path

import psycopg
import redis

from bot.embedded import postgres
from core.db import engine
from tests.fixtures.processes import Processes
from tests.fixtures.waiting import wait_until


def test_each_test_has_a_migrated_database(database_url: str) -> None:
    with psycopg.connect(database_url) as connection:
        assert connection.execute("SELECT count(*) FROM alembic_version").fetchone() == (1,)
        connection.execute("CREATE TABLE left_behind ()")


def test_what_a_test_leaves_behind_is_gone(database_url: str) -> None:
    with psycopg.connect(database_url) as connection:
        assert connection.execute("SELECT to_regclass('left_behind')").fetchone() == (None,)


def test_redis_starts_empty(redis_url: str) -> None:
    with redis.Redis.from_url(redis_url) as client:
        assert client.dbsize() == 0
        client.set("left", "behind")


def test_redis_is_empty_again(redis_url: str) -> None:
    with redis.Redis.from_url(redis_url) as client:
        assert client.dbsize() == 0


def test_core_uses_the_tests_own_database(database: str) -> None:
    with engine().connect() as connection:
        name = connection.exec_driver_sql("SELECT current_database()").scalar_one()
    assert f"/{name}?" in database


def test_a_killed_server_is_there_for_the_next_test(embedded_home: Path) -> None:
    pid = postgres.server_pid(embedded_home)
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: postgres.server_pid(embedded_home) is None, what="the death of PostgreSQL")


def test_and_here_it_is(database_url: str) -> None:
    with psycopg.connect(database_url) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_a_started_process_sees_the_tests_servers_and_no_more(processes: Processes, database_url: str) -> None:
    script = "import os; print(*sorted(os.environ)); print(os.environ['DATABASE_URL'], os.environ['EXTRA'])"
    running = processes.start_program("probe", ["python3", "-c", script], EXTRA="given")
    assert running.process.wait(10) == 0
    names, values = running.output().splitlines()
    assert values == f"{database_url} given"
    assert "SLACK_BOT_TOKEN" not in names
