"""A bulkhead: how many deliveries one worker process has under way. A mail server that hangs must not take every
thread.

A ring that finds no slot is dropped, which costs a second: the clock rings again for whatever is due.
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

from core.ids import UUID

#: Deliveries of one account at a time, in one process.
PER_ACCOUNT = 2

_lock = Lock()
_under_way: Counter[UUID] = Counter()
_most = 6


def set_capacity(most: int) -> None:
    """Set how many deliveries this process may have under way."""
    global _most  # noqa: PLW0603  set once, when the worker starts
    _most = most


@contextmanager
def slot(account_id: UUID) -> Iterator[bool]:
    """Try to take a slot of the bulkhead: whether there is one for one more delivery of this account; it is given back
    at the end of the block.
    """
    with _lock:
        free = _under_way.total() < _most and _under_way[account_id] < PER_ACCOUNT
        if free:
            _under_way[account_id] += 1
    try:
        yield free
    finally:
        if free:
            with _lock:
                _under_way[account_id] -= 1
