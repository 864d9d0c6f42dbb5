"""What befalls Postgres and Redis: killed, restarted, frozen."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

from bot.local.embedded import postgres, redis
from tests.fixtures.databases import DURABLE
from tests.fixtures.waiting import wait_until


def restart_postgres(home: Path) -> None:
    """`pg_ctl restart -m fast`: every connection is ended, what was not committed is rolled back."""
    assert postgres.stop(home)
    postgres.ensure(home, durable=DURABLE)


def crash_postgres(home: Path) -> None:
    """kill -9 of the postmaster and of all its children; the next start recovers from the log."""
    processes = _cluster(home)
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(processes, timeout=10)
    postgres.ensure(home, durable=DURABLE)


@contextmanager
def frozen_postgres(home: Path) -> Iterator[None]:
    """SIGSTOP to the whole cluster: connections are accepted by the kernel, and nobody ever answers."""
    processes = _cluster(home)
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            process.suspend()
    try:
        yield
    finally:
        for process in processes:
            with suppress(psutil.NoSuchProcess):
                process.resume()


@contextmanager
def no_wal_writer(home: Path) -> Iterator[None]:
    """SIGSTOP: a commit that does not wait for the disk gets there with the next one that does, or never."""
    writer = next(process for process in _cluster(home) if "walwriter" in " ".join(process.cmdline()))
    writer.suspend()
    try:
        yield
    finally:
        with suppress(psutil.NoSuchProcess):
            writer.resume()


def kill_redis(home: Path) -> None:
    """kill -9; nothing starts it again."""
    pid = redis.server_pid(home)
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: redis.server_pid(home) is None, what="Redis to be gone")


@contextmanager
def frozen_redis(home: Path) -> Iterator[None]:
    """SIGSTOP: it accepts connections and never answers."""
    pid = redis.server_pid(home)
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def _cluster(home: Path) -> list[psutil.Process]:
    """The postmaster first, then all that it started."""
    pid = postgres.server_pid(home)
    assert pid is not None
    postmaster = psutil.Process(pid)
    return [postmaster, *postmaster.children(recursive=True)]
