"""The lock between stops and starts: whoever stops mail waits for the mails that pass the point of no return right now,
and for no other.
"""

import sqlalchemy as sa
from sqlalchemy.engine import Connection


def wait_for_starts(tx: Connection) -> None:
    """Lock starts out until this transaction ends, once those that are passing have passed. First in every stop.

    `start` holds the rows that it looks at, and many may share a row: under steady sending a row is never free, and
    PostgreSQL lets a new sharer in before somebody who waits to change it. A table's lock has a queue. `start` takes a
    weak one of this table by `FOR SHARE`, which this one makes wait; a claim only reads, and is not held up.
    """
    tx.execute(_LOCK)


_LOCK = sa.text("LOCK TABLE installation IN EXCLUSIVE MODE")
