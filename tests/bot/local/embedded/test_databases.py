"""The fixtures themselves: what other tests rely on."""

import json
import os
import signal
import subprocess
from pathlib import Path

import psycopg
import pytest
import redis

from bot.local.embedded import postgres
from core.db import engine
from tests.fixtures.nursery import ROOT
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


@pytest.mark.parametrize("forked", [True, False])
def test_a_started_process_sees_the_tests_servers_and_no_more(
    processes: Processes, database_url: str, forked: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Forked by the nursery or begun anew, it is the same."""
    monkeypatch.setenv("SLACK_BOT_TOKEN", "of the machine")
    if not forked:
        processes.nursery = None
    running = processes.start_module("tests.fixtures.probe", "3", EXTRA="given")
    assert running.process.wait(10) == 3
    assert not running.alive()
    seen = json.loads(running.output())
    assert seen.pop("environment") == processes.env | {"EXTRA": "given"}
    assert processes.env["DATABASE_URL"] == database_url
    assert seen == {"arguments": ["3"], "folder": str(ROOT), "input": "", "leads": True, "signoff": []}


def test_a_forked_process_can_be_killed_and_two_are_two(processes: Processes) -> None:
    first, second = (processes.start_module("tests.fixtures.probe") for _ in range(2))
    for running in (first, second):
        running.wait_for_line('"leads": true')
    first.kill()
    assert first.process.wait() == -signal.SIGKILL
    assert second.alive()
    with pytest.raises(subprocess.TimeoutExpired):
        second.process.wait(0)
    assert second.stop() == -signal.SIGTERM
