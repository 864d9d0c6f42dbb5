"""Children of `up`: restarted when they die, given up when they keep dying, gone when `up` is gone."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.local.up import children
from bot.local.up.children import Child
from bot.local.up.plan import Program
from core.errors import SignoffError
from tests.fixtures.processes import ROOT, Processes
from tests.fixtures.waiting import wait_until

STAYS = "import time; print('here', flush=True); time.sleep(600)"
STUBBORN = (
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('here', flush=True); time.sleep(600)"
)
WITH_CHILD = (
    "import subprocess, sys, time; p = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)']); "
    "print(p.pid, flush=True); time.sleep(600)"
)
ENV = dict(os.environ)


@pytest.fixture
def begun() -> Iterator[list[Child]]:
    running: list[Child] = []
    yield running
    children.stop(running, 0, lambda: True)


def start(begun: list[Child], script: str, directory: Path) -> Child:
    child = children.start(Program("child", [sys.executable, "-c", script]), ENV, directory)
    begun.append(child)
    return child


def says(child: Child, text: str = "here") -> None:
    wait_until(lambda: text in child.log.read_text(), what=f"{text!r} in the log")


def watch_until(begun: list[Child], text: str) -> str:
    said: list[str] = []

    def heard() -> str:
        children.watch(begun, said.append)
        return next((line for line in said if text in line), "")

    return wait_until(heard, what=f"{text!r} in {said}")


def test_a_killed_child_is_started_again_and_it_is_said(begun: list[Child], tmp_path: Path) -> None:
    child = start(begun, STAYS, tmp_path)
    says(child)
    first = child.process.pid
    os.kill(first, signal.SIGKILL)
    assert "was killed by SIGKILL; it starts again in 0.5 s" in watch_until(begun, "child was")
    wait_until(lambda: children.watch(begun, print) or child.process.pid != first, what="a new process")
    says(child, "here\nhere")


def test_one_that_keeps_dying_is_given_up_with_the_end_of_its_log(begun: list[Child], tmp_path: Path) -> None:
    start(begun, "raise SystemExit('no such setting')", tmp_path)
    said: list[str] = []
    with pytest.raises(SignoffError, match=r"exit code 1, 3 times in a row.*child\.log"):
        wait_until(lambda: children.watch(begun, said.append), what="the third death")
    assert said[-3:] == ["child | no such setting"] * 3


def test_one_that_lived_long_is_not_counted_among_fast_deaths(begun: list[Child], tmp_path: Path) -> None:
    child = start(begun, STAYS, tmp_path)
    child.deaths = children.FAST_DEATHS - 1
    child.began -= children.FAST_DEATH_SECONDS + 1
    os.kill(child.process.pid, signal.SIGKILL)
    assert "starts again in 0.5 s" in watch_until(begun, "child was")


def test_the_end_is_asked_for_first_and_forced_after_a_grace(begun: list[Child], tmp_path: Path) -> None:
    child = start(begun, STUBBORN, tmp_path)
    says(child)
    began = time.monotonic()
    children.stop(begun, 0.3, lambda: False)
    assert time.monotonic() - began >= 0.3
    assert child.process.returncode == -signal.SIGKILL


def test_a_second_wish_to_end_waits_for_no_grace(begun: list[Child], tmp_path: Path) -> None:
    child = start(begun, STUBBORN, tmp_path)
    says(child)
    children.stop(begun, 600, lambda: True)
    assert child.process.returncode == -signal.SIGKILL


def test_children_of_a_child_end_with_it(begun: list[Child], tmp_path: Path) -> None:
    child = start(begun, WITH_CHILD, tmp_path)
    wait_until(lambda: child.log.read_text().strip(), what="the grandchild")
    grandchild = int(child.log.read_text())
    children.stop(begun, 5, lambda: False)
    wait_until(lambda: dead(grandchild), what="the end of the grandchild")


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child that its parent died")
def test_a_kill_of_up_leaves_no_orphans(processes: Processes, tmp_path: Path) -> None:
    script = (
        "import os, sys, time; from pathlib import Path; from bot.local.up import children; "
        "from bot.local.up.plan import Program; "
        f"c = children.start(Program('orphan', [sys.executable, '-c', {STAYS!r}]), dict(os.environ), "
        f"Path({str(tmp_path)!r})); print('pid', c.process.pid, flush=True); time.sleep(600)"
    )
    parent = processes.start_program("parent", [sys.executable, "-c", script], PYTHONPATH=str(ROOT))
    orphan = int(parent.wait_for_line("pid").split()[1])
    wait_until(lambda: "here" in (tmp_path / "orphan.log").read_text(), what="the child")
    os.kill(parent.pid, signal.SIGKILL)
    wait_until(lambda: dead(orphan), what="the end of the orphan")


def test_what_a_child_writes_is_for_its_owner_alone(begun: list[Child], tmp_path: Path) -> None:
    written = tmp_path / "written"
    start(begun, f"open({str(written)!r}, 'w'); import time; time.sleep(600)", tmp_path)
    wait_until(written.exists, what="the file")
    assert written.stat().st_mode & 0o077 == 0


def test_a_large_log_is_begun_anew(begun: list[Child], tmp_path: Path) -> None:
    (tmp_path / "child.log").write_bytes(b"x" * (children.LOG_BYTES + 1))
    says(start(begun, STAYS, tmp_path))
    assert (tmp_path / "child.log").stat().st_size < 100
    assert (tmp_path / "child.log.1").stat().st_size == children.LOG_BYTES + 1


def dead(pid: int) -> bool:
    listed = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return listed.stdout.strip()[:1] in ("", "Z")
