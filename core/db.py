"""Postgres: one engine a process, and short transactions that obey the deadline of a click."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Any, TypeVar

import psycopg
import sqlalchemy as sa
from psycopg import errors as pg
from psycopg.pq import ExecStatus
from sqlalchemy.engine import Connection as Connection  # for surfaces, which know no SQL
from sqlalchemy.engine import Engine

from core.connections import POOLER_AND_OPTIONS, REFUSES_PARAMETER, make_engine
from core.deadline import Deadline, current_deadline
from core.errors import CommitInDoubt, DatabaseAway, SignoffError
from core.settings import settings

#: Milliseconds. A statement or a lock that takes longer is ended by the server; a forgotten transaction too, soon: a
#: process that was stopped in the middle of one holds rows that whoever takes over from it needs. They go with BEGIN,
#: in one round trip, and hold behind a pooler too, which drops or refuses what a connection asks for as it is opened.
SERVER_LIMITS = {"statement_timeout": 30_000, "lock_timeout": 10_000, "idle_in_transaction_session_timeout": 15_000}

#: No connection, a broken one, or a server too busy to answer in time: nothing was recorded, and a retry may pass.
AWAY = (
    psycopg.OperationalError,
    psycopg.InterfaceError,
    sa.exc.TimeoutError,
    pg.ReadOnlySqlTransaction,  # a failover left us with a standby
    pg.IdleInTransactionSessionTimeout,
)
#: Of these, the ones that the server answered itself: it rolled back for certain, even during COMMIT.
ROLLED_BACK = (pg.LockNotAvailable, pg.QueryCanceled, pg.DeadlockDetected, pg.SerializationFailure)


def begin_with(limits: Mapping[str, int], mode: str = "") -> bytes:
    """BEGIN, with limits in milliseconds, until its end. Whatever the role has set, the level is READ COMMITTED."""
    limited = (f"SET LOCAL {name} = {value}" for name, value in limits.items())
    return "; ".join([f"BEGIN ISOLATION LEVEL READ COMMITTED {mode}", *limited]).encode()


BEGIN = begin_with(SERVER_LIMITS)


def engine_for(url: str, *, pool_size: int | None = None) -> Engine:
    """An engine on a `DATABASE_URL`, with DATABASE_CONNECTIONS at most. Raises `SignoffError` for what is no URL."""
    if not url:
        raise SignoffError("DATABASE_URL is not set, and no embedded server was started.")
    return make_engine(url, connections=pool_size or settings().database_connections)


@lru_cache(maxsize=1)
def engine() -> Engine:
    """The engine of this process, on `DATABASE_URL`."""
    return engine_for(settings().database_url)


@contextmanager
def transaction() -> Iterator[Connection]:
    """A transaction that commits at the end of the block and rolls back on any error. Never held open across I/O.

    Raises `DatabaseAway` when Postgres cannot be reached: nothing was recorded. Raises `CommitInDoubt` when the
    connection broke during COMMIT itself.
    """
    deadline = current_deadline() or Deadline()
    committing = False
    try:
        with _connected(deadline) as connection, connection.begin() as begun:
            yield connection
            committing = True
            begun.commit()
            committing = False
    except (sa.exc.DBAPIError, sa.exc.TimeoutError, psycopg.OperationalError) as error:
        cause = getattr(error, "orig", error)
        if not isinstance(cause, AWAY):
            raise
        if isinstance(cause, pg.ReadOnlySqlTransaction):
            engine().dispose()  # the others lead to the same standby; new ones find whoever may be written to
        if committing and not isinstance(cause, ROLLED_BACK):
            raise CommitInDoubt("The database went away while recording this.") from error
        raise DatabaseAway("The database does not answer.") from error
    finally:
        deadline.release()


def meet_database() -> None:
    """Connect once, so that what can never work ends a process at its start. A database that is away may come back.

    Raises `SignoffError` for an address that is none, and for a pooler that takes away what is asked for.
    """
    try:
        with transaction():
            pass
    except DatabaseAway as away:
        if REFUSES_PARAMETER.search(str(away.__cause__)):
            raise SignoffError(POOLER_AND_OPTIONS) from None


def _connected(deadline: Deadline) -> Connection:
    """A connection with BEGIN sent, which doubles as the check that the pooled connection is alive.

    A connection that died in the pool (a restarted server) takes its siblings with it, and one fresh try is made.
    """
    for last_try in (False, True):
        if deadline.passed:
            break
        connection = engine().connect()
        driver = connection.connection.driver_connection
        assert driver is not None
        deadline.guard(driver)
        if _begin(driver):
            return connection
        deadline.release()
        connection.invalidate()
        connection.close()
        if last_try or deadline.passed:
            break
        engine().dispose()
    raise DatabaseAway("The database does not answer.")


def _begin(driver: psycopg.Connection[object]) -> bool:
    try:
        return driver.pgconn.exec_(BEGIN).status == ExecStatus.COMMAND_OK
    except psycopg.OperationalError:
        return False


R = TypeVar("R")
T = TypeVar("T")


def together_or_each(items: Sequence[T], store: Callable[[Sequence[T]], R]) -> list[R]:
    """Store all of them in one transaction; one by one where somebody else holds locks that are in the way."""
    try:
        return [store(items)]
    except DatabaseAway as error:
        # It is there, and ended this transaction: a deadlock, or a lock that took too long.
        answered = isinstance(getattr(error.__cause__, "orig", None), ROLLED_BACK)
        if not answered or len(items) == 1:
            raise
    return [stored for item in items for stored in together_or_each([item], store)]


def first_row(result: sa.Result[*tuple[Any, ...]], row: Callable[..., R]) -> R | None:
    """The first row of a result as this NamedTuple, so that mypy sees a column that is misspelt; None without rows."""
    _check(result, row)
    found = result.first()
    return None if found is None else row(*found)


def all_rows(result: sa.Result[*tuple[Any, ...]], row: Callable[..., R]) -> list[R]:
    """All rows of a result, as `first_row` gives one."""
    _check(result, row)
    return [row(*found) for found in result]


def _check(result: sa.Result[*tuple[Any, ...]], row: object) -> None:
    if tuple(result.keys()) != vars(row)["_fields"]:
        raise TypeError(f"the statement's columns are not the fields of {row}: {', '.join(result.keys())}")


def literal(value: StrEnum) -> sa.ColumnElement[str]:
    """A word of the taxonomy as a literal of the statement, not as a parameter.

    Only so can Postgres keep one plan for the prepared statement: with a parameter in its place, no plan could rely on
    the partial index of what is queued, and planning each claim anew took longer than the claim.
    """
    return sa.literal_column(f"'{value}'", sa.Text)


def now(tx: Connection) -> datetime:
    """The database's own clock, as it runs on within a transaction."""
    moment: datetime = tx.execute(sa.select(sa.func.clock_timestamp())).scalar_one()
    return moment


def from_now(wait: timedelta | sa.BindParameter[timedelta]) -> sa.ColumnElement[datetime]:
    """The database's own clock, plus `wait`."""
    return sa.func.clock_timestamp() + sa.cast(wait, sa.Interval)
