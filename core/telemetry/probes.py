"""Whether Postgres and Redis answer, asked on connections of their own, so that a busy pool is not taken for an outage.

Each probe is one function for a thread; `deadline.cut()` from elsewhere ends a Postgres that hangs.
"""

from collections.abc import Callable
from enum import StrEnum

import psycopg
import redis
import sqlalchemy as sa

from core.connections import ANSWERED
from core.database_url import connect_arguments
from core.db import begin_with, transaction
from core.deadline import Deadline
from core.errors import DatabaseAway
from core.installation.schema import older_revisions
from core.redis_url import redis_client
from core.settings import settings

#: Seconds. psycopg waits for two at least.
CONNECT_SECONDS = 2
REDIS_SECONDS = 0.5


class Health(StrEnum):
    """How a part is: it answers, it does not, or it answers and lacks a migration that this version needs."""

    OK = "ok"
    AWAY = "away"
    BEHIND = "behind"
    #: It answers, and takes nothing in: a standby, after a failover.
    READ_ONLY = "read_only"


#: Milliseconds, for each question of a probe.
LIMITS = {"statement_timeout": 1_000, "lock_timeout": 500}
BEGIN = begin_with(LIMITS, "READ ONLY").decode()
#: Whether it takes nothing in, and whether it was ever migrated.
PROGRESS = """
    SELECT pg_is_in_recovery() OR current_setting('default_transaction_read_only')::boolean,
        to_regclass('alembic_version') IS NOT NULL
"""


def connect(deadline: Deadline) -> "psycopg.Connection[tuple[object, ...]]":
    """A connection of its own to `DATABASE_URL`, guarded by `deadline`. Raises psycopg.OperationalError."""
    url = settings().database_url
    arguments = connect_arguments(url, application_name="signoff-probe") | {"connect_timeout": str(CONNECT_SECONDS)}
    connection = psycopg.connect(**arguments, autocommit=True, prepare_threshold=None)  # type: ignore[arg-type]
    deadline.guard(connection)
    return connection


def ask(connection: "psycopg.Connection[tuple[object, ...]]", question: str) -> list[tuple[object, ...]]:
    """The rows of one question, read-only and with LIMITS, by one round trip."""
    try:
        cursor = connection.execute(f"{BEGIN}; {question}".encode())
        while cursor.statusmessage is None or not cursor.statusmessage.startswith("SELECT"):
            cursor.nextset()
        return cursor.fetchall()
    finally:
        connection.rollback()


def postgres_health(deadline: Deadline) -> Health:
    """Whether Postgres answers and can be written to, and its tables are at least as new as this version.

    A server that has no connection to spare for a probe is asked over one that this process has.
    """
    try:
        with connect(deadline) as connection:
            return _judge(lambda question: ask(connection, question))
    except psycopg.Error as error:
        if not ANSWERED.search(str(error)):
            return Health.AWAY
    finally:
        deadline.release()
    try:
        with deadline, transaction() as tx:
            return _judge(lambda question: [tuple(row) for row in tx.execute(sa.text(question))])
    except DatabaseAway:
        return Health.AWAY


def _judge(rows_of: Callable[[str], list[tuple[object, ...]]]) -> Health:
    ((read_only, exists),) = rows_of(PROGRESS)
    if read_only:
        return Health.READ_ONLY
    if not exists:
        return Health.BEHIND
    applied = {str(row[0]) for row in rows_of("SELECT version_num FROM alembic_version")}
    # A revision that we do not know is a newer version's: its migrations are safe beside the older code.
    return Health.OK if applied - older_revisions() else Health.BEHIND


def redis_health() -> Health:
    """Whether Redis answers a PING within REDIS_SECONDS."""
    if not settings().redis_url:
        return Health.AWAY
    try:
        with redis_client(settings().redis_url, seconds=REDIS_SECONDS) as client:
            client.ping()
    except (redis.RedisError, OSError, ValueError):
        return Health.AWAY
    return Health.OK
