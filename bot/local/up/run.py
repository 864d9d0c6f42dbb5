"""The life of one `signoff up`: servers, migration, children, demo, watching, and the end."""

import os
import signal
import subprocess
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console

from bot.local.embedded import EmbeddedError, ensure_servers, home_of, postgres, redis
from bot.local.up import children, screen
from bot.local.up.kind import claim_home
from bot.local.up.lock import only_up
from bot.local.up.plan import Plan, make_plan, signoff
from core.errors import SignoffError

READY_SECONDS = 60.0
GRACE_SECONDS = 8.0
TICK_SECONDS = 0.25

SERVERS = {
    "DATABASE_URL": ("PostgreSQL", postgres.server_pid, postgres.stop),
    "REDIS_URL": ("Redis", redis.server_pid, redis.stop),
}


def up(*, demo: bool, browser: bool, console: Console) -> None:
    """Start everything and stay until SIGINT or SIGTERM, then end all that was begun here.

    Raises SignoffError when another `up` holds the home, or something cannot be started or kept running.
    """
    home = home_of(os.environ)
    signals = _Signals()
    with only_up(home) as note, _servers(home) as urls:
        plan = make_plan(home, {**os.environ, **urls})
        claim_home(home, sandbox=bool(plan.sandbox))
        for sentence in plan.moved:
            console.print(sentence)
        log = home / "log"
        log.mkdir(mode=0o700, exist_ok=True)
        running: list[children.Child] = []
        try:
            running += [
                children.start(program, plan.env, log) for program in plan.programs if program.name == "sandbox"
            ]
            _call(plan, "migrate")
            running += [
                children.start(program, plan.env, log) for program in plan.programs if program.name != "sandbox"
            ]
            say = _speaker(console)
            _wait_until_ready(plan, running, signals, say)
            if plan.sandbox and demo and not signals.stop.is_set() and _is_empty(urls["DATABASE_URL"]):
                _load_demo(plan, say)
            if not signals.stop.is_set():
                note(plan.sandbox or plan.web)
                screen.show(console, plan, home, empty=_is_empty(urls["DATABASE_URL"]))
                if browser:
                    screen.open_browser(plan)
            while not signals.stop.wait(TICK_SECONDS):
                children.watch(running, say)
                _revive_servers(home, say)
        finally:
            console.print("\nStopping …")
            _end(running, signals)
    console.print("Everything has stopped; the data is kept.")


class _Signals:
    """SIGINT, SIGTERM and SIGHUP ask for the end; a second one asks for it at once."""

    def __init__(self) -> None:
        self.stop = threading.Event()
        self.count = 0
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._received)

    def _received(self, *_: object) -> None:
        self.count += 1
        self.stop.set()


@contextmanager
def _servers(home: Path) -> Iterator[dict[str, str]]:
    """The URLs of both servers; at the end, those that were not running before are stopped again."""
    embedded = [name for name in SERVERS if not os.environ.get(name)]
    found = {name for name in embedded if SERVERS[name][1](home) is not None}
    try:
        yield {name: os.environ[name] for name in SERVERS if name not in embedded} | ensure_servers(home, os.environ)
    finally:
        for name in embedded:
            if name not in found:
                SERVERS[name][2](home)


def _revive_servers(home: Path, say: Callable[[str], None]) -> None:
    """Start an embedded server again that has died."""
    for name, (title, server_pid, _) in SERVERS.items():
        if not os.environ.get(name) and server_pid(home) is None:
            say(f"{title} is gone; starting it again.")
            try:
                ensure_servers(home, os.environ)
            except EmbeddedError as error:
                say(str(error))


def _call(plan: Plan, command: str) -> None:
    """Run a `signoff` command to its end. Raises SignoffError with its last line when it fails."""
    done = subprocess.run(
        signoff(command),
        env=plan.env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
        process_group=0,
    )
    if done.returncode != 0:
        lines = done.stdout.strip().splitlines() or ["it said nothing"]
        raise SignoffError(f"signoff {command} failed: {lines[-1].removeprefix('signoff: ')}")


def _load_demo(plan: Plan, say: Callable[[str], None]) -> None:
    """Whoever declares a workspace of their own at this moment has no demo beside it, and no reason to end."""
    try:
        _call(plan, "demo")
    except SignoffError as error:
        say(str(error))


def _wait_until_ready(plan: Plan, running: list[children.Child], signals: _Signals, say: Callable[[str], None]) -> None:
    """Wait for the web and the sandbox to say that they are ready."""
    deadline = time.monotonic() + READY_SECONDS
    waiting = [f"{plan.web}/readyz"] + [f"{plan.sandbox}/control/health"] * bool(plan.sandbox)
    while waiting and not signals.stop.wait(0.05):
        children.watch(running, say)
        waiting = [url for url in waiting if not _answers(url)]
        if waiting and time.monotonic() > deadline:
            raise SignoffError(f"{waiting[0]} is not ready after {READY_SECONDS:g} s; see the logs.")


def _answers(url: str) -> bool:
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with direct.open(url, timeout=2) as reply:
            return bool(reply.status == 200)
    except OSError:
        return False


def _is_empty(database_url: str) -> bool:
    """Whether nobody has declared a workspace yet."""
    import psycopg

    from core.database_url import connect_arguments

    with psycopg.connect(**connect_arguments(database_url)) as connection:  # type: ignore[arg-type]
        row = connection.execute("SELECT NOT EXISTS (SELECT FROM workspaces)").fetchone()
    return bool(row and row[0])


def _end(running: list[children.Child], signals: _Signals) -> None:
    """End the sandbox last: a worker may be talking to its mailbox."""
    before = signals.count

    def hurry() -> bool:
        return signals.count > before

    children.stop([child for child in running if child.program.name != "sandbox"], GRACE_SECONDS, hurry)
    children.stop([child for child in running if child.program.name == "sandbox"], GRACE_SECONDS, hurry)


def _speaker(console: Console) -> Callable[[str], None]:
    def say(sentence: str) -> None:
        console.print(f"{time.strftime('%H:%M:%S')} {sentence}", markup=False, highlight=False, soft_wrap=True)

    return say
