"""`signoff up` for real: everything starts, a second one is told off, and the end leaves nothing behind."""

import os
import re
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import httpx
import psutil
import pytest

from bot.local.embedded import postgres, redis
from tests.fixtures.databases import remove_home
from tests.fixtures.processes import Processes, Running, one_up_at_a_time
from tests.fixtures.waiting import wait_until


@pytest.fixture
def env(process_env: dict[str, str]) -> Iterator[dict[str, str]]:
    """The environment of a person who set nothing at all."""
    base = Path(tempfile.mkdtemp(prefix="signoff-up-"))
    base.chmod(0o711)
    yield {"PATH": process_env["PATH"], "HOME": str(base), "SIGNOFF_HOME": str(base / "home")}
    remove_home(base / "home")
    shutil.rmtree(base)


@pytest.fixture
def starter(env: dict[str, str], processes: Processes) -> Processes:
    processes.env = env
    return processes


def ready(starter: Processes, *options: str) -> tuple[Running, str]:
    """`signoff up`, once everything runs, and the address of its sandbox."""
    with one_up_at_a_time():
        up = starter.start("up", "--no-open", *options)
        up.wait_for_line("Ctrl-C ends everything", seconds=90)
    found = re.search(r"Slack, to try\s+(http://\S+)", up.output())
    assert found
    return up, found[1]


def begun_by(up: Running) -> list[psutil.Process]:
    return psutil.Process(up.pid).children(recursive=True)


def all_gone(begun: list[psutil.Process]) -> bool:
    return all(gone(child) for child in begun)


def gone(child: psutil.Process) -> bool:
    with suppress(psutil.NoSuchProcess):
        return not child.is_running() or child.status() == psutil.STATUS_ZOMBIE
    return True


def test_it_starts_everything_and_again_what_dies_and_ctrl_c_ends_all_that_it_began(
    starter: Processes, env: dict[str, str]
) -> None:
    home = Path(env["SIGNOFF_HOME"])
    up, address = ready(starter)
    assert httpx.get(f"{address}control/health", trust_env=False).status_code == 200
    names = {" ".join(child.cmdline()) for child in begun_by(up)}
    for part in ("bot.sandbox", "bot.cli web", "bot.cli worker", "bot.cli clock"):
        assert any(part in name for name in names), names

    # A second one is told off, and so is a stop.
    second = starter.start("up")
    assert second.process.wait(20) == 1
    (line,) = second.output().splitlines()
    assert f"process {up.pid}, since " in line
    assert line.endswith(f"at {address.rstrip('/')}.")
    stop = starter.start("stop")
    assert stop.process.wait(20) == 1
    assert "already running" in stop.output()

    # A process and a server that die are started again.
    (clock,) = [child for child in begun_by(up) if "clock" in child.cmdline()]
    clock.kill()
    up.wait_for_line("clock was killed by SIGKILL; it starts again")
    server = redis.server_pid(home)
    assert server is not None
    os.kill(server, signal.SIGKILL)
    up.wait_for_line("Redis is gone; starting it again")
    wait_until(lambda: redis.server_pid(home) not in (None, server), what="a new Redis")
    wait_until(lambda: any("clock" in child.cmdline() for child in begun_by(up)), what="a new clock")

    # And at the end nothing is left.
    begun = begun_by(up)
    os.kill(up.pid, signal.SIGINT)
    assert up.process.wait(120) == 0
    assert all_gone(begun)
    assert postgres.server_pid(home) is None
    assert redis.server_pid(home) is None


@pytest.mark.proofs
@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child that its parent died")
def test_after_a_kill_nothing_is_left_but_servers_that_the_next_one_finds(
    starter: Processes, env: dict[str, str]
) -> None:
    home = Path(env["SIGNOFF_HOME"])
    up, _ = ready(starter, "--no-demo")
    begun = begun_by(up)
    os.kill(up.pid, signal.SIGKILL)
    wait_until(lambda: all_gone(begun), seconds=20, what="the end of all that it began")
    server = postgres.server_pid(home)
    assert server is not None

    again, _ = ready(starter, "--no-demo")
    assert postgres.server_pid(home) == server
    assert again.stop(seconds=120) == 0
