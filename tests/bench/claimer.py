"""A process that claims: `python -m tests.bench.claimer WORKER WORKERS`, on the database of DATABASE_URL.

Says `ready`, and then for each line `KIND COUNT` claims so many deliveries, one from each account that may send in
turn, and says the seconds of each claim as JSON. Each worker begins with another account.
"""

import json
import sys
import time
from collections.abc import Callable, Iterator
from functools import cache
from itertools import cycle

import psycopg

from core.db import transaction
from core.delivery import claim
from core.delivery.due import accounts_with_mail_due
from core.ids import UUID, new_id
from core.settings import settings

#: The least that takes one row from a queue, and no two processes the same: what a claim is held against.
BARE = """
UPDATE {table} SET status = 'claimed', attempt_id = %s, lease_until = clock_timestamp() + interval '75 seconds'
WHERE id = (
    SELECT id FROM {table} WHERE account_id = %s AND status = 'queued' AND due_at <= now()
    ORDER BY priority, due_at LIMIT 1 FOR UPDATE SKIP LOCKED
)
RETURNING id, draft_id, campaign_id, contact_id, content_version
"""

Take = Callable[[UUID], bool]


def ours() -> Take:
    def take(account: UUID) -> bool:
        with transaction() as tx:
            return claim(tx, account) is not None

    return take


def guarded() -> Take:
    """The bare statement on the queue itself, where the database counts and refuses, and has keys to look up."""
    with transaction() as tx:
        claimed = claim(tx, accounts_with_mail_due(tx)[0])
    assert claimed is not None
    return _one_statement("send_queue", lambda: claimed.attempt_id)  # one that there is: a foreign key asks for it


def bare() -> Take:
    """The bare statement on a copy of the queue that has neither triggers nor keys."""
    return _one_statement("bare_queue", new_id)


def _one_statement(table: str, attempt: Callable[[], UUID]) -> Take:
    connection = _connection()
    statement = BARE.format(table=table)

    def take(account: UUID) -> bool:
        return connection.execute(statement, (attempt(), account)).fetchone() is not None

    return take


@cache
def _connection() -> "psycopg.Connection[tuple[object, ...]]":
    """One for all of them: many processes share the server's hundred."""
    return psycopg.connect(settings().database_url, autocommit=True)


def look() -> Take:
    """The clock's look for accounts that may send: it has nothing to do with the account."""

    def take(_account: UUID) -> bool:
        with transaction() as tx:
            return bool(accounts_with_mail_due(tx))

    return take


def _timed(take: Take, accounts: Iterator[UUID], count: int) -> Iterator[float]:
    for _ in range(count):
        began = time.perf_counter()
        taken = take(next(accounts))
        yield time.perf_counter() - began
        assert taken, "every account has more queued than is claimed"


if __name__ == "__main__":
    worker, workers = int(sys.argv[1]), int(sys.argv[2])
    with transaction() as tx:
        ids = accounts_with_mail_due(tx)
    first = worker * len(ids) // workers
    accounts = cycle(ids[first:] + ids[:first])
    ways = {make.__name__: make() for make in (ours, guarded, bare, look)}
    for take in ways.values():
        take(new_id())  # connected, and nothing of an account that there is not
    print("ready", flush=True)
    for line in sys.stdin:
        kind, count = line.split()
        print(json.dumps(list(_timed(ways[kind], accounts, int(count)))), flush=True)
