"""The embedded Redis: one of them whoever asks, reachable by its owner only, and nothing on disk."""

import multiprocessing
import os
import signal
import stat
from pathlib import Path

import dramatiq
import psutil
import redis as redis_client
from dramatiq.brokers.redis import RedisBroker

from bot.local.embedded import ensure_servers, redis
from tests.fixtures.waiting import wait_until


def test_many_processes_at_once_get_one_server(home: Path) -> None:
    with multiprocessing.get_context("spawn").Pool(4) as pool:
        assert len(set(pool.map(redis.ensure, [home] * 4))) == 1
    assert running_for(home) == [redis.server_pid(home)]


def test_a_killed_one_is_replaced(home: Path) -> None:
    redis.ensure(home)
    pid = redis.server_pid(home)
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: redis.server_pid(home) is None, what="the death of Redis")
    with redis_client.Redis.from_url(redis.ensure(home)) as client:
        assert client.ping()


def test_a_hung_one_is_left_alone(home: Path) -> None:
    url = redis.ensure(home)
    pid = redis.server_pid(home)
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)
    try:
        assert redis.ensure(home) == url
        assert redis.server_pid(home) == pid
    finally:
        os.kill(pid, signal.SIGCONT)


def test_it_opens_no_port_and_saves_nothing(home: Path) -> None:
    url = redis.ensure(home)
    with redis_client.Redis.from_url(url) as client:
        settings = client.config_get("*")
        client.set("a", "b")
    assert (settings["port"], settings["save"], settings["appendonly"]) == ("0", "", "no")
    assert stat.S_IMODE((home / "redis" / "run").stat().st_mode) == 0o700
    assert redis.stop(home)
    assert not redis.stop(home)
    assert not list((home / "redis").glob("*.rdb"))


def test_dramatiq_takes_its_url(home: Path) -> None:
    broker = RedisBroker(url=redis.ensure(home))
    ring = dramatiq.actor(lambda: None, broker=broker, actor_name="ring", queue_name="ring")
    ring.send()
    assert broker.do_qsize("ring") == 1
    broker.close()


def running_for(home: Path) -> list[int]:
    found = psutil.process_iter(["pid", "cmdline"])
    return [process.pid for process in found if any(str(home) in part for part in process.info["cmdline"] or [])]


def test_servers_of_ones_own_are_used_and_none_started(home: Path) -> None:
    assert ensure_servers(home, {"DATABASE_URL": "postgresql://db/x", "REDIS_URL": "redis://r"}) == {}
    assert not home.exists()
    assert list(ensure_servers(home, {"DATABASE_URL": "postgresql://db/x", "REDIS_URL": ""})) == ["REDIS_URL"]
