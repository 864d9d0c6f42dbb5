"""Big worlds made in bulk, and what one transaction reads of them."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, make_url

from bot.local.embedded import redis
from core.db import transaction
from tests.fixtures.databases import fresh_database, set_up
from tests.fixtures.domain import Domain, domain_on


@contextmanager
def world(home: Path, template: str, build: Callable[[Domain], object]) -> Iterator[Domain]:
    """A domain with all that `build` puts there, for `copy_of`: it takes seconds, so a file of tests makes it once."""
    with fresh_database(home, template) as url:
        with set_up(url, redis.ensure(home)):
            domain = domain_on(url)
            build(domain)
        yield domain


@contextmanager
def copy_of(made: Domain, home: Path, redis_url: str) -> Iterator[Domain]:
    """That domain on a database of this test's own, which this process is set up for."""
    name = make_url(made.url).database
    assert name is not None
    with fresh_database(home, name) as url, set_up(url, redis_url):
        yield replace(made, url=url)


def fill(domain: Domain, statements: str, values: dict[str, object]) -> None:
    """Put rows in by these statements, past all triggers, as a restored dump comes in; the planner knows of them."""
    with domain.connect() as connection, connection.transaction():
        connection.execute("SET LOCAL session_replication_role = replica")
        for statement in statements.strip().split(";\n"):
            connection.execute(statement, values)  # type: ignore[call-overload]  # a test's own text
    domain.sql("VACUUM ANALYZE")


class Work:
    """What one transaction read: by table, and which tables it scanned from end to end."""

    result: Any
    read: dict[str, int]
    scanned: set[str]


def reading(do: Callable[[Connection], Any]) -> Work:
    """Do this in one transaction, and count what it and all its triggers and functions read."""
    work = Work()
    with transaction() as tx:
        before = _counters(tx)
        work.result = do(tx)
        after = _counters(tx)
    work.read = {name: read - before[name][1] for name, (_, read) in after.items() if read > before[name][1]}
    work.scanned = {name for name, (scans, _) in after.items() if scans > before[name][0]}
    return work


def _counters(tx: Connection) -> dict[str, tuple[int, int]]:
    """(scans from end to end, rows read) of each table by this connection, since whenever."""
    rows = tx.execute(
        sa.text(
            "SELECT relname, seq_scan, coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0) AS read"
            " FROM pg_stat_xact_user_tables"
        )
    )
    return {row.relname: (row.seq_scan, row.read) for row in rows}
