"""The connection pool of a process: how many connections it opens, what it learns of each, and what it waits for.

Nothing here relies on the session: behind a pooler that deals out the server's connections by transaction (PgBouncer's
`pool_mode = transaction`) a session is somebody else's a moment later. So limits are set with each BEGIN
(`core/db.py`), no lock outlives its transaction, and no statement is prepared where a pooler stands in between.
"""

import logging
import re
from typing import Any

import psycopg
import sqlalchemy as sa
from sqlalchemy.engine import Engine
from sqlalchemy.pool import ConnectionPoolEntry, QueuePool

from core.database_url import DatabaseUrl, connect_arguments, read
from core.errors import SignoffError

logging.getLogger(__name__).setLevel(logging.WARNING)  # a pool says as much as SQLAlchemy's own ones do

#: Seconds for which a transaction waits for a connection of the pool.
WAIT_SECONDS = 2.0
#: How libpq quotes a server that refuses a connection, in its own language: "… failed: FATAL:  sorry, too many …".
ANSWERED = re.compile(r"failed: \S+:  ")
#: How PgBouncer refuses a parameter of the connection itself; the words changed with version 1.20.
REFUSES_PARAMETER = re.compile(r"unsupported startup parameter")

POOLER_AND_OPTIONS = (
    "DATABASE_URL leads through a connection pooler (such as PgBouncer), which does not carry its `options`: take them"
    " out of it, and set them with ALTER ROLE … IN DATABASE … SET …, or connect to PostgreSQL itself."
)


#: Why a connection fails, in our words, by how libpq, psycopg or the server say it.
_NO_CONNECTION = (
    (r"password authentication failed|no password supplied", "it refused the user or the password"),
    (r"no pg_hba.conf entry", "it does not let this user in from here (pg_hba.conf)"),
    (r'database ".*" does not exist', "there is no database of this name"),
    (r'role ".*" does not exist', "there is no user of this name"),
    (r"could not translate host name|failed to resolve host|[Nn]ame or service not known", "its host was not found"),
    (r"Connection refused|No such file or directory", "nothing listens at its address"),
    (r"starting up|in recovery mode|shutting down", "it is starting or shutting down"),
    (r"too many (clients|connections)|remaining connection slots|client_login_timeout|no more connections",
     "it has no free connection"),
    (r"timeout|timed out", "it took too long"),
    (r"SSL|certificate|TLS", "the encrypted connection failed"),
    (r"closed the connection|connection is lost|terminating connection|Broken pipe|reset by peer|consuming input",
     "it closed the connection"),
    (r"read-only transaction", "it is read-only"),
)  # fmt: skip


def why_no_connection(error: object) -> str:
    """Why the database does not answer, in a few words; the server's own, quoted, where they are of no known kind."""
    said = " ".join(str(error).split())
    known = next((words for pattern, words in _NO_CONNECTION if re.search(pattern, said)), None)
    return known or (f'it says "{said[:200]}"' if said else "no reason given")


class PatientPool(QueuePool):
    """A pool that waits for one of its own connections where the server has none to spare."""

    def _do_get(self) -> ConnectionPoolEntry:
        try:
            return super()._do_get()
        except psycopg.OperationalError as error:
            # Nobody answering is an outage, and no reason to wait; nor does anything come back where there is none.
            if not (ANSWERED.search(str(error)) and self._opened() > 0):
                raise
            refused = error
        try:
            return self._pool.get(True, self.timeout())
        except sa.util.queue.Empty:
            raise refused from None

    def _opened(self) -> int:
        """How many connections this pool has, idle or not: one may have come back while the server refused another."""
        return self.size() + self.overflow()


def make_engine(url: str, *, connections: int) -> Engine:
    """An engine with at most so many connections. Raises `SignoffError` where the URL is none."""
    try:
        parsed = read(url)
    except ValueError as error:
        raise SignoffError(f"DATABASE_URL {error}.") from None
    made = sa.create_engine(
        "postgresql+psycopg://",
        connect_args=connect_arguments(url),
        poolclass=PatientPool,
        pool_size=connections,
        max_overflow=0,  # each would be made for one transaction and thrown away, which costs more than a click
        pool_use_lifo=True,  # the last used one first: its statements are prepared
        pool_timeout=WAIT_SECONDS,
        hide_parameters=True,  # they hold addresses and texts (P11)
    )

    @sa.event.listens_for(made, "connect")
    def _(driver: "psycopg.Connection[Any]", _record: object) -> None:
        if parsed.pooled or behind_pooler(driver):
            heed_pooler(driver, parsed)

    return made


def behind_pooler(driver: "psycopg.Connection[Any]") -> bool:
    """Whether a pooler stands between us and PostgreSQL: it answered with a process number of its own making."""
    answer = driver.pgconn.exec_(b"SELECT pg_backend_pid()").get_value(0, 0)
    return answer is not None and int(answer) != driver.pgconn.backend_pid


def heed_pooler(driver: "psycopg.Connection[Any]", url: DatabaseUrl) -> None:
    """Prepare nothing: the next transaction may be another server's. Raises `SignoffError` for what a pooler drops."""
    if "options" in url.arguments:
        raise SignoffError(POOLER_AND_OPTIONS)
    driver.prepare_threshold = None
