"""Child processes of `up`: each in a group of its own, its output in SIGNOFF_HOME/log, restarted when it dies."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from bot.local.up.plan import Program
from bot.local.up.tail import Tail
from core.errors import SignoffError

FAST_DEATH_SECONDS = 10.0
FAST_DEATHS = 3
LOG_BYTES = 5_000_000
LAST_LINES = 6
PR_SET_PDEATHSIG = 1  # prctl(2)
LINUX = sys.platform == "linux"


@dataclass
class Child:
    """A child, running or dead. `deaths` counts fast ones in a row; a dead one starts again when it is `due`."""

    program: Program
    env: dict[str, str]
    log: Path
    tail: Tail
    process: subprocess.Popen[bytes]
    began: float
    deaths: int = 0
    due: float | None = None


def start(program: Program, env: dict[str, str], log_directory: Path) -> Child:
    """Start a program; its log is appended to, and begun anew when it has grown large."""
    log = log_directory / f"{program.name}.log"
    if log.exists() and log.stat().st_size > LOG_BYTES:
        log.replace(log.with_suffix(".log.1"))
    tail = Tail(log)
    return Child(program, env, log, tail, _spawn(program, env, log), time.monotonic())


def watch(children: Iterable[Child], say: Callable[[str], None]) -> None:
    """Say what children complain about, start the dead again after a while.

    Raises SignoffError for one that died three times in a row soon after its start, once the end of its log is said.
    """
    for child in children:
        for complaint in child.tail.complaints():
            say(f"{child.program.name}: {complaint}")
        now = time.monotonic()
        if child.due is not None:
            if now >= child.due:
                child.process, child.began, child.due = _spawn(child.program, child.env, child.log), now, None
        elif child.process.poll() is not None:
            _kill_group(child)
            _note_death(child, now, say)


def stop(children: Iterable[Child], grace: float, hurry: Callable[[], bool]) -> None:
    """SIGTERM to all, and after `grace` seconds (or when `hurry` says so) SIGKILL to what is left of their groups."""
    children = list(children)
    for child in children:
        if child.process.poll() is None:
            child.process.terminate()
    deadline = time.monotonic() + grace
    while any(child.process.poll() is None for child in children) and time.monotonic() < deadline and not hurry():
        time.sleep(0.02)
    for child in children:
        _kill_group(child)
        child.process.wait()


def _note_death(child: Child, now: float, say: Callable[[str], None]) -> None:
    child.deaths = child.deaths + 1 if now - child.began < FAST_DEATH_SECONDS else 1
    name, how = child.program.name, _how(child.process.returncode)
    if child.deaths >= FAST_DEATHS:
        for line in child.tail.last(LAST_LINES):
            say(f"{name} | {line}")
        raise SignoffError(f"{name} {how}, {child.deaths} times in a row; above is the end of {child.log}")
    wait = 0.5 * 2 ** (child.deaths - 1)
    child.due = now + wait
    say(f"{name} {how}; it starts again in {wait:g} s. Its log: {child.log}")


def _how(code: int) -> str:
    return f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"


def _spawn(program: Program, env: dict[str, str], log: Path) -> subprocess.Popen[bytes]:
    with log.open("ab") as output:
        return subprocess.Popen(
            program.command,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            umask=0o077,  # what it writes into the home is for its owner
            process_group=0,  # Ctrl-C in the terminal reaches `up` alone, which ends the others in order
            preexec_fn=_end_with_parent(os.getpid()) if LINUX else None,  # noqa: PLW1509 (`up` has one thread)
        )


def _end_with_parent(parent: int) -> Callable[[], None]:
    """What a child does before it becomes its program: ask the kernel for a SIGTERM when `up` is gone, even by kill -9.

    Linux only; elsewhere a killed `up` leaves its children, and the next one finds their ports taken.
    """
    libc = ctypes.CDLL(None, use_errno=True)

    def ask() -> None:
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
        if os.getppid() != parent:
            os._exit(1)

    return ask


def _kill_group(child: Child) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(child.process.pid, signal.SIGKILL)
