"""The latest starts, kept outside Postgres: in Redis for all hosts, and in a file of SIGNOFF_HOME for this one.

Written after an attempt's `start` has committed and before DATA; read before each claim
(`core/installation/restored.py`). Either place may be lost: then the other counts, and with both lost the database is
believed. Neither keeps mail back: a Redis that does not answer is left alone for a while (`jobs/breaker.py`).

Each place keeps the last `KEPT` starts, in the order of the notes. That is about the order of the commits: a copy of
the database that misses a start misses those after it too, so that one of them is noted here, as long as fewer than
`KEPT` attempts at a time stand between their commit and their note.

The file has lines of fixed width, together less than a page of memory, written over in place by one call: a process
that is killed leaves the old lines or the new ones. After a crash of the whole machine it may be some seconds old,
which is why Redis has them too.
"""

import fcntl
import os
import time
from functools import lru_cache
from pathlib import Path

import structlog

from core.db import transaction
from core.ids import UUID
from core.installation.restored import Mark, stop_if_behind
from core.settings import settings
from jobs.breaker import Breaker

log = structlog.get_logger("jobs.start_log")

KEY = "signoff:attempts"
#: Starts that each place remembers.
KEPT = 64
#: Bytes of a line of the file: number, space, id, newline.
LINE = 19 + 1 + 36 + 1
#: Seconds for which the file is waited for: whoever stands still with its lock in hand keeps nobody longer.
PATIENCE = 1.0

#: What stands there and is no list, of whatever version or hand, says nothing and is written anew.
_ADD = f"""
if redis.call('TYPE', KEYS[1]).ok ~= 'list' then redis.call('DEL', KEYS[1]) end
redis.call('LPUSH', KEYS[1], ARGV[1])
redis.call('LTRIM', KEYS[1], 0, {KEPT - 1})
return 1
"""
_READ = "if redis.call('TYPE', KEYS[1]).ok == 'list' then return redis.call('LRANGE', KEYS[1], 0, -1) end return {}"

_redis = Breaker("attempts")


def place() -> Path:
    """The file of this host."""
    return settings().signoff_home / "attempts"


def marks() -> list[Mark]:
    """What is written in Redis and in the file, as far as they can be read; each start once."""
    lines = dict.fromkeys([*_from_redis(), *_from_file()])
    return [mark for mark in map(_parsed, lines) if mark is not None]


def note(number: int, attempt_id: UUID) -> None:
    """Write down in both places that this attempt has started, and may leave now. Never raises."""
    line = f"{number:019d} {attempt_id}"
    in_redis, in_file = _to_redis(line), _to_file(line)
    if not in_redis and not in_file:
        log.warning("attempt not noted outside", attempt_id=str(attempt_id))


def stop_if_restored() -> bool:
    """Stop sending if the database does not remember what is written outside; True if it does not."""
    written = marks()
    with transaction() as tx:
        behind = stop_if_behind(tx, written)
    if behind:
        log.error("sending stopped: the database is older than what has left")
    return behind


@lru_cache(maxsize=4 * KEPT)  # each claim reads the same ones, but for the last
def _parsed(line: bytes) -> Mark | None:
    """A whole line, or nothing: a torn or foreign one says nothing."""
    try:
        number, attempt_id = line.decode().split()
        return Mark(int(number), UUID(attempt_id)) if len(number) == 19 else None
    except ValueError:
        return None


def _from_redis() -> list[bytes]:
    found = _redis.ask(lambda client: client.eval(_READ, 1, KEY))
    return [line for line in found if isinstance(line, bytes)] if isinstance(found, list) else []


def _to_redis(line: str) -> bool:
    return _redis.ask(lambda client: client.eval(_ADD, 1, KEY, line)) is not None


def _from_file() -> list[bytes]:
    try:
        descriptor = os.open(place(), os.O_RDONLY | os.O_CLOEXEC)
        try:
            _lock(descriptor, fcntl.LOCK_SH)
            return _lines(descriptor)
        finally:
            os.close(descriptor)
    except FileNotFoundError:
        return []
    except OSError as error:
        log.warning("attempts not read from their file", error=type(error).__name__)
        return []


def _to_file(line: str) -> bool:
    try:
        place().parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(place(), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            _lock(descriptor, fcntl.LOCK_EX)
            before = [each for each in _lines(descriptor) if _parsed(each) is not None]
            kept = [line.encode(), *before][:KEPT]
            written = os.pwrite(descriptor, b"".join(each + b"\n" for each in kept), 0)
            os.ftruncate(descriptor, written)
        finally:
            os.close(descriptor)
    except OSError as error:
        log.warning("attempt not noted in its file", error=type(error).__name__)
        return False
    return True


def _lock(descriptor: int, kind: int) -> None:
    """Lock the file for as long as it is open. Raises `BlockingIOError` when that takes longer than `PATIENCE`."""
    until = time.monotonic() + PATIENCE
    while True:
        try:
            fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > until:
                raise
            time.sleep(0.002)
        else:
            return


def _lines(descriptor: int) -> list[bytes]:
    return os.pread(descriptor, KEPT * LINE, 0).splitlines()
