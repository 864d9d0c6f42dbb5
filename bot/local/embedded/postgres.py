"""A PostgreSQL for one SIGNOFF_HOME: made, started, found and stopped with its own `initdb` and `pg_ctl`.

It listens on a Unix socket only, in a directory that nobody but its owner and root can enter; that directory is the
authentication (`trust`). It is as durable as a production server: fsync and synchronous_commit stay on. Encoding and
collation come from PostgreSQL itself (C.UTF-8 of the builtin provider), whatever the machine's locale is.
Errors of statements stay out of its log: they could quote addresses and texts (P11).
"""

import os
import shlex
import shutil
import signal
import socket
import time
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

from bot.local.embedded.errors import EmbeddedError
from bot.local.embedded.home import make_home
from bot.local.embedded.locks import locked
from bot.local.embedded.owner import Owner, owner_of, postgres_directory, socket_directory
from bot.local.embedded.processes import is_program
from bot.local.embedded.programs import POSTGRES_MAJOR, postgres_programs

USER = DATABASE = "signoff"
SOCKET = ".s.PGSQL.5432"
START_SECONDS = 60.0  # crash recovery after a kill -9 comes first
STOP_SECONDS = 20.0
LOG_BYTES = 5_000_000

SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "shared_buffers": "64MB",
    "max_connections": "100",
    "max_wal_size": "256MB",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_checkpoints": "off",
    "log_min_messages": "log",  # not error: what a statement failed on may quote its data
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
}
FORGETFUL = {"fsync": "off", "full_page_writes": "off"}


def ensure(home: Path, *, durable: bool = True) -> str:
    """The URL of this home's PostgreSQL, started when it is not running, made when it does not exist.

    Safe to call from many processes at once; costs about a millisecond when it runs. `durable=False` (tests only) gives
    up what fsync protects from, a crash of the whole machine; no crash of a process loses anything either way.
    Raises EmbeddedError with the reason where it cannot be had.
    """
    make_home(home)
    found = _running(home)
    if found is not None:
        return found
    with locked(home / "postgres.lock"):
        found = _running(home)
        if found is not None:
            return found
        place, owner = postgres_directory(home)
        programs = postgres_programs(owner)
        _refuse_other_major(place / "data")
        if not (place / "data").exists():
            _create(place, owner, programs)
        _start(place, owner, programs, SETTINGS if durable else SETTINGS | FORGETFUL)
        found = _running(home)
        if found is None:
            raise EmbeddedError(f"PostgreSQL started and stopped again: see {place / 'postgres.log'}")
        return found


def find(home: Path) -> str | None:
    """The URL of this home's PostgreSQL if it is running; starts and makes nothing."""
    return _running(home)


def stop(home: Path) -> bool:
    """Stop this home's PostgreSQL, open transactions rolled back; False when it was not running."""
    if not (home / "postgres").exists():
        return False
    with locked(home / "postgres.lock"):
        pid = server_pid(home)
        if pid is None:
            return False
        for how, seconds in ((signal.SIGINT, STOP_SECONDS), (signal.SIGQUIT, 5.0), (signal.SIGKILL, 5.0)):
            with suppress(ProcessLookupError):
                os.kill(pid, how)  # fast shutdown, immediate shutdown, and at last none at all
            if _wait_until_gone(pid, seconds):
                return True
    raise EmbeddedError(f"PostgreSQL (process {pid}) does not stop.")


def server_pid(home: Path) -> int | None:
    """The process id of this home's postmaster, or None when it is not running."""
    lines = _pid_file(home / "postgres" / "data")
    return int(lines[0]) if lines and is_program(int(lines[0]), "postgres") else None


def _running(home: Path) -> str | None:
    """The URL when the server accepts connections: its pid file says ready, and its socket answers."""
    place = home / "postgres"
    try:
        lines = _pid_file(place / "data")
    except PermissionError:
        owner_of(place)  # says whose it is
        raise
    if len(lines) < 8 or lines[7].strip() != "ready":
        return None
    run = lines[4]
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(5)
        try:
            client.connect(f"{run}/{SOCKET}")
        except OSError:
            return None
    return f"postgresql://{USER}@/{DATABASE}?host={quote(run, safe='/')}"


def _pid_file(data: Path) -> list[str]:
    """The lines of postmaster.pid: pid, data directory, start time, port, socket directory, address, shm, status."""
    try:
        lines = (data / "postmaster.pid").read_text().splitlines()
    except (FileNotFoundError, NotADirectoryError):
        return []
    return lines if lines and lines[0].strip().isdigit() else []


def _refuse_other_major(data: Path) -> None:
    version = data / "PG_VERSION"
    found = version.read_text().strip() if version.exists() else ""
    if data.exists() and found != str(POSTGRES_MAJOR):
        raise EmbeddedError(
            f"{data} was made by PostgreSQL {found or '(no PG_VERSION)'}, this Signoff brings {POSTGRES_MAJOR}: "
            "dump it with the Signoff that made it and restore it here, or move the directory away to start empty."
        )


def _create(place: Path, owner: Owner, programs: Path) -> None:
    """Make the cluster and its database under another name, then rename: a kill half-way leaves no half cluster."""
    draft = place / "data.new"
    shutil.rmtree(draft, ignore_errors=True)
    options = ["--auth=trust", f"--username={USER}", "--encoding=UTF8", "--no-locale", "--no-instructions"]
    locale = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    made = owner.run(programs / "initdb", *options, *locale, "-D", draft)
    if made.returncode == 0:
        made = owner.run(
            programs / "postgres", "--single", "-D", draft, "postgres", stdin=f"CREATE DATABASE {DATABASE}\n"
        )
    if made.returncode != 0:
        raise EmbeddedError(f"PostgreSQL could not make {draft}: {_last_line(made.stdout)}")
    draft.rename(place / "data")


def _start(place: Path, owner: Owner, programs: Path, settings: dict[str, str]) -> None:
    """Start the server and wait until it accepts connections. Raises EmbeddedError with the last line of its log."""
    data, log = place / "data", place / "postgres.log"
    if log.exists() and log.stat().st_size > LOG_BYTES:
        log.replace(log.with_suffix(".log.1"))
    run = socket_directory(place, owner, SOCKET)
    options = [f"-c {name}={shlex.quote(value)}" for name, value in settings.items()]
    deadline = time.monotonic() + START_SECONDS
    while True:
        _disown_stale_locks(data, run)
        started = owner.run(
            programs / "pg_ctl", "start", "-W", "-s", "-D", data, "-l", log, "-o", f"-k {run} {' '.join(options)}"
        )
        if started.returncode != 0:
            raise EmbeddedError(f"PostgreSQL does not start: {_last_line(started.stdout)}")
        if _wait_until_ready(data, log, deadline):
            return
        reason = _last_line(log.read_text(errors="replace")) if log.exists() else "it wrote no log"
        # Orphans of a killed server leave by themselves within moments; until then a new one rightly refuses.
        if "shared memory" not in reason or time.monotonic() > deadline:
            raise EmbeddedError(f"PostgreSQL does not start: {reason} (the log is {log})")
        time.sleep(0.1)


def _disown_stale_locks(data: Path, run: Path) -> None:
    """Let lock files go whose process is no server any more, though its number lives (a zombie, or a new program).

    The pid file is not removed, as it leads the new server to orphans of the old one. It gets our own pid instead,
    which PostgreSQL takes for stale: it never counts the process that started `pg_ctl` as a rival. The socket's lock
    guards nothing more in a directory that is this cluster's alone.
    """
    lines = _pid_file(data)
    if lines and is_program(int(lines[0]), "postgres"):
        return
    if lines:
        (data / "postmaster.pid").write_text("\n".join([str(os.getpid()), *lines[1:]]) + "\n")
    (run / f"{SOCKET}.lock").unlink(missing_ok=True)


def _wait_until_ready(data: Path, log: Path, deadline: float) -> bool:
    """True when the pid file says ready; False when the server has gone, or has not come by the deadline."""
    seen = False
    first = time.monotonic()
    while time.monotonic() < deadline:
        lines = _pid_file(data)
        alive = bool(lines) and int(lines[0]) != os.getpid() and is_program(int(lines[0]), "postgres")
        if alive and len(lines) >= 8 and lines[7].strip() == "ready":
            return True
        if not alive and (seen or time.monotonic() - first > 3.0):
            return False
        seen = seen or alive
        time.sleep(0.01)
    return False


def _wait_until_gone(pid: int, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if not is_program(pid, "postgres"):
            return True
        time.sleep(0.02)
    return False


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    telling = [line for line in lines if "FATAL" in line or "error" in line.lower()] or lines
    return telling[-1] if telling else "it said nothing"
