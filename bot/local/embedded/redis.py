"""A Redis for one SIGNOFF_HOME, on a Unix socket in a private directory, with nothing on disk: it is a doorbell (P5).

No TCP port is opened, so no password is needed: only the owner and root can reach the socket.
"""

import os
import signal
import socket
import time
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

from bot.local.embedded.errors import EmbeddedError
from bot.local.embedded.home import make_home
from bot.local.embedded.locks import locked
from bot.local.embedded.owner import Owner, owner_of, private_directory, socket_directory
from bot.local.embedded.processes import is_program
from bot.local.embedded.programs import redis_program

SOCKET = "redis.sock"
PING_SECONDS = 1.0
START_SECONDS = 15.0
STOP_SECONDS = 5.0


def ensure(home: Path) -> str:
    """The URL of this home's Redis (`unix:///…/redis.sock?db=0`), started when it is not running.

    Safe to call from many processes at once; costs about a millisecond when it runs. One that is there and does not
    answer (stopped, swapped out) is left alone: everything works without it, only slower.
    Raises EmbeddedError where it cannot be started.
    """
    make_home(home)
    place, owner = _place(home)
    path = socket_directory(place, owner, SOCKET) / SOCKET
    if not _listens(path):
        with locked(home / "redis.lock"):
            if not _listens(path):
                _start(place, owner, path)
    return _url(path)


def find(home: Path) -> str:
    """The URL of this home's Redis if it is running, or one that nothing listens on; starts and makes nothing."""
    if server_pid(home) is None:
        return _url(home / "redis" / SOCKET)
    return _url(socket_directory(*_place(home), SOCKET) / SOCKET)


def stop(home: Path) -> bool:
    """Stop this home's Redis; False when it was not running."""
    if not (home / "redis").exists():
        return False
    with locked(home / "redis.lock"):
        pid = server_pid(home)
        if pid is None:
            return False
        for how, seconds in ((signal.SIGTERM, STOP_SECONDS), (signal.SIGKILL, STOP_SECONDS)):
            with suppress(ProcessLookupError):
                os.kill(pid, how)
            deadline = time.monotonic() + seconds
            while time.monotonic() < deadline:
                if not is_program(pid, "redis"):
                    return True
                time.sleep(0.02)
    raise EmbeddedError(f"Redis (process {pid}) does not stop.")


def server_pid(home: Path) -> int | None:
    """The process id of this home's Redis, or None when it is not running."""
    try:
        pid = int((home / "redis" / "redis.pid").read_text())
    except (FileNotFoundError, ValueError):
        return None
    return pid if is_program(pid, "redis") else None


def _url(path: Path) -> str:
    return f"unix://{quote(str(path), safe='/')}?db=0"


def _place(home: Path) -> tuple[Path, Owner]:
    """The directory of this home's Redis, made when missing, and who runs it: whoever owns the home."""
    owner = owner_of(home.resolve())
    return private_directory(home.resolve() / "redis", owner), owner


def _listens(path: Path) -> bool:
    """Whether a Redis is behind the socket. Still loading, or not answering for a second, is there all the same."""
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(PING_SECONDS)
        try:
            client.connect(str(path))
            client.sendall(b"PING\r\n")
            return client.recv(64) != b""
        except TimeoutError:
            return True
        except OSError:
            return False


def _start(place: Path, owner: Owner, path: Path) -> None:
    log = place / "redis.log"
    program = redis_program()
    started = owner.run(
        *(program, "--daemonize", "yes", "--port", "0", "--unixsocket", path, "--unixsocketperm", "700"),
        *("--save", "", "--appendonly", "no", "--dir", place, "--pidfile", place / "redis.pid"),
        *("--logfile", log, "--loglevel", "warning", "--always-show-logo", "no"),
    )
    if started.returncode != 0:
        raise EmbeddedError(f"Redis does not start: {started.stdout.strip() or program}")
    deadline = time.monotonic() + START_SECONDS
    while not _listens(path):
        if time.monotonic() > deadline:
            raise EmbeddedError(f"Redis does not start: see {log}")
        time.sleep(0.01)
