"""A deadline for the database work of one click (P6).

Slack waits three seconds. A Postgres that hangs rather than refuses would keep a thread for longer, and the reviewer
would learn nothing. So the event loop cuts the connection's socket when time is up: libpq sees the end of the stream at
once, and a transaction whose COMMIT was not sent yet can never commit.
"""

import os
import socket
from contextlib import suppress
from contextvars import ContextVar
from threading import Lock
from typing import Any

_current: ContextVar["Deadline | None"] = ContextVar("deadline", default=None)


class Deadline:
    """Guards the connection that a thread works on; `cut` may be called from any other thread."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._connection: Any = None
        self.passed = False

    def guard(self, driver_connection: Any) -> None:
        """Watch this psycopg connection until `release`. If time is up already, it is cut at once."""
        with self._lock:
            self._connection = driver_connection
            if self.passed:
                self._shut()

    def release(self) -> None:
        with self._lock:
            self._connection = None

    def cut(self) -> None:
        """Time is up: end the guarded connection, now and for whatever this deadline guards later."""
        with self._lock:
            self.passed = True
            self._shut()

    def _shut(self) -> None:
        if self._connection is None or self._connection.closed:
            return
        with suppress(OSError):
            duplicate = socket.socket(fileno=os.dup(self._connection.fileno()))
            try:
                duplicate.shutdown(socket.SHUT_RDWR)
            finally:
                duplicate.close()

    def __enter__(self) -> "Deadline":
        self._token = _current.set(self)
        return self

    def __exit__(self, *_: object) -> None:
        _current.reset(self._token)


def current_deadline() -> Deadline | None:
    """The deadline that the code further up set, if any. Threads started by Starlette inherit it."""
    return _current.get()
