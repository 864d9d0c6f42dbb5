"""The latest attempt, kept outside Postgres: in Redis for all hosts, and in a file of SIGNOFF_HOME for this one.

Written after an attempt's claim has committed and before it does any I/O; read before each claim (`core/restore.py`).
Either place may be lost: then the other counts, and with both lost the database is believed. Neither keeps mail back:
a Redis that does not answer is left alone for some seconds.

The file is one line of fixed width, written over in place by one call: a process that is killed leaves the old line or
the new one. After a crash of the whole machine it may be some seconds old, which is why Redis has it too.
"""

import fcntl
import os
import time
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

import redis
import structlog

from core.db import transaction
from core.ids import UUID
from core.restore import Mark, stop_if_behind
from core.settings import settings
from jobs.broker import redis_client

log = structlog.get_logger("jobs.outside")

KEY = "signoff:attempts"
#: Seconds for which a silent Redis is not asked again.
PAUSE = 5.0

#: Only a higher number replaces a lower one, whichever of two workers comes first.
_GROW = """
local line = redis.call('GET', KEYS[1]) or ''
local old = tonumber(string.sub(line, 1, 19))
if not old or #line ~= #ARGV[1] or old < tonumber(string.sub(ARGV[1], 1, 19)) then
    redis.call('SET', KEYS[1], ARGV[1])
end
"""

#: Until when which Redis is left alone.
_silent: dict[str, float] = {}


@lru_cache(maxsize=1)
def _client(_url: str) -> redis.Redis:
    return redis_client()


def place() -> Path:
    """The file of this host."""
    return settings().signoff_home / "attempts"


def marks() -> list[Mark]:
    """What is written in Redis and in the file, as far as they can be read."""
    return [mark for mark in (_parsed(_from_redis()), _parsed(_from_file())) if mark is not None]


def note(number: int, attempt_id: UUID) -> None:
    """Write down that this attempt is about to begin, in both places, unless a later one stands there. Never raises."""
    line = f"{number:019d} {attempt_id}"
    in_redis, in_file = _to_redis(line), _to_file(line)
    if not in_redis and not in_file:
        log.warning("attempt not noted outside", attempt_id=str(attempt_id))


def look() -> bool:
    """Stop sending if the database does not remember what is written outside; True if it does not."""
    written = marks()
    with transaction() as tx:
        behind = stop_if_behind(tx, written)
    if behind:
        log.error("sending stopped: the database is older than what has left")
    return behind


def _parsed(line: bytes | None) -> Mark | None:
    """A whole line, or nothing: a torn or foreign one says nothing."""
    try:
        number, attempt_id = (line or b"").decode().split()
        return Mark(int(number), UUID(attempt_id)) if len(number) == 19 else None
    except ValueError:
        return None


def _from_redis() -> bytes | None:
    found = _ask(lambda client: client.get(KEY))
    return found if isinstance(found, bytes) else None


def _to_redis(line: str) -> bool:
    return _ask(lambda client: client.eval(_GROW, 1, KEY, line) or True) is not None


def _ask(do: Callable[[redis.Redis], object]) -> object:
    """What Redis says; None when it does not answer, and for a while after that."""
    url = settings().redis_url
    if time.monotonic() < _silent.get(url, 0.0):
        return None
    try:
        return do(_client(url))
    except (redis.RedisError, OSError) as error:
        log.warning("attempts not kept in redis", error=type(error).__name__)
        _silent[url] = time.monotonic() + PAUSE
        return None


def _from_file() -> bytes | None:
    try:
        return place().read_bytes()
    except OSError:
        return None


def _to_file(line: str) -> bool:
    try:
        place().parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(place(), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            before = _parsed(os.pread(descriptor, 100, 0))
            if before is None or before.number < int(line[:19]):
                written = os.pwrite(descriptor, f"{line}\n".encode(), 0)
                os.ftruncate(descriptor, written)
        finally:
            os.close(descriptor)
    except OSError as error:
        log.warning("attempt not noted in its file", error=type(error).__name__)
        return False
    return True
