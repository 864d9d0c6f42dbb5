"""Whether Postgres and Redis answer, asked on connections of their own, so that a busy pool is not taken for an outage.

Each probe is one function for a thread; `deadline.cut()` from elsewhere ends a Postgres that hangs.
"""

from enum import StrEnum

import psycopg
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry
from sqlalchemy.engine import make_url

from core.deadline import Deadline
from core.installation.schema import older_revisions
from core.settings import settings

#: Seconds. psycopg waits for two at least.
CONNECT_SECONDS = 2
REDIS_SECONDS = 0.5


class Health(StrEnum):
    """How a part is: it answers, it does not, or it answers and lacks a migration that this version needs."""

    OK = "ok"
    AWAY = "away"
    BEHIND = "behind"


def connect(deadline: Deadline) -> "psycopg.Connection[tuple[object, ...]]":
    """A connection of its own to `DATABASE_URL`, guarded by `deadline`, read-only, with statements of a second at most.

    Raises psycopg.OperationalError.
    """
    url = make_url(settings().database_url).set(drivername="postgresql").render_as_string(hide_password=False)
    connection = psycopg.connect(
        url,
        connect_timeout=CONNECT_SECONDS,
        application_name="signoff-probe",
        options="-c statement_timeout=1000 -c lock_timeout=500 -c default_transaction_read_only=on",
        autocommit=True,
    )
    deadline.guard(connection)
    return connection


def postgres_health(deadline: Deadline) -> Health:
    """Whether Postgres answers, and its tables are at least as new as this version."""
    try:
        with connect(deadline) as connection:
            exists = connection.execute("SELECT to_regclass('alembic_version') IS NOT NULL").fetchone()
            if exists != (True,):
                return Health.BEHIND
            applied = {str(row[0]) for row in connection.execute("SELECT version_num FROM alembic_version")}
    except psycopg.Error:
        return Health.AWAY
    finally:
        deadline.release()
    # A revision that we do not know is a newer version's: its migrations are safe beside the older code.
    return Health.OK if applied - older_revisions() else Health.BEHIND


def redis_health() -> Health:
    """Whether Redis answers a PING within REDIS_SECONDS."""
    if not settings().redis_url:
        return Health.AWAY
    client = redis.Redis.from_url(
        settings().redis_url,
        socket_timeout=REDIS_SECONDS,
        socket_connect_timeout=REDIS_SECONDS,
        retry=Retry(NoBackoff(), 0),
    )
    with client:
        try:
            client.ping()
        except (redis.RedisError, OSError):
            return Health.AWAY
    return Health.OK
