"""A circuit breaker over Redis: one that does not answer is left alone for some seconds.

What goes through it can be done without: a Redis that hangs costs 0.25 s now and then, not with each mail and call.
"""

import time
from collections.abc import Callable

import redis
import structlog

from core.settings import settings
from jobs.broker import redis_client

log = structlog.get_logger("jobs.breaker")

#: Seconds for which a silent Redis is not asked again.
PAUSE = 5.0


class Breaker:
    """The breaker of one use of Redis, in this process. Threads may share it."""

    def __init__(self, use: str) -> None:
        """`use` names in the log what Redis is not there for."""
        self._use = use
        self._clients: dict[str, redis.Redis] = {}
        #: Until when the Redis of which address is left alone.
        self._open_until: dict[str, float] = {}

    def ask(self, do: Callable[[redis.Redis], object]) -> object:
        """What Redis answers; None when it does not, and for a while after that."""
        url = settings().redis_url
        if time.monotonic() < self._open_until.get(url, 0.0):
            return None
        try:
            client = self._clients.get(url) or self._clients.setdefault(url, redis_client())
            return do(client)
        except (redis.RedisError, OSError) as error:
            log.warning("redis silent", use=self._use, error=type(error).__name__)
            self._open_until[url] = time.monotonic() + PAUSE
            return None

    def forget(self) -> None:
        """Begin as a new process would: for tests."""
        self._clients.clear()
        self._open_until.clear()
