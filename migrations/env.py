"""How Alembic reaches the database: one connection, one advisory lock, so that processes that start together take turns."""

import time

import psycopg
import sqlalchemy as sa
from alembic import context

from core.db import engine_for
from core.installation.schema import refuse_where_no_migration_leads_on
from core.models import Base

#: Any number that nothing else in this database locks.
MIGRATION_LOCK = 0x5160_0FF0
ASK_AGAIN_SECONDS = 0.1
LIMITS = {"statement_timeout": "0", "idle_in_transaction_session_timeout": "0", "lock_timeout": "5s"}


def run() -> None:
    """Migrate over a connection of its own. A lock on a busy table is given up after 5 s rather than stop the sends."""
    url = context.config.attributes.get("url") or context.get_x_argument(as_dictionary=True).get("url", "")
    engine = engine_for(url, pool_size=2)
    sa.event.listen(engine, "begin", _limit)
    with engine.connect() as turn, engine.connect() as connection:
        _wait_for(turn.execution_options(isolation_level="READ COMMITTED"))
        context.configure(
            connection=connection, target_metadata=Base.metadata, transaction_per_migration=True, compare_type=True
        )
        refuse_where_no_migration_leads_on(context.get_context().get_current_heads())
        with context.begin_transaction():
            context.run_migrations()
        turn.rollback()
    engine.dispose()


def _limit(connection: sa.Connection) -> None:
    """With each transaction, as a session may be another's behind a pooler. Nothing here is in a hurry, but for locks."""
    for name, value in LIMITS.items():
        connection.exec_driver_sql(f"SET LOCAL {name} = '{value}'")


def _wait_for(turn: sa.Connection) -> None:
    """Hold the lock by a transaction that stays open and idle, without a snapshot: an index that is built concurrently
    waits for whoever has an older one, and we for the index.

    So the question has no parameter and is not prepared: else its portal stays until the next one, with its snapshot.
    And who is refused ends the transaction before asking again: an index that meets a question waits for the end of its
    whole transaction, even though the snapshot is gone by then.
    """
    question = f"SELECT pg_try_advisory_xact_lock({MIGRATION_LOCK})".encode()
    while True:
        turn.begin()
        driver = turn.connection.driver_connection
        assert isinstance(driver, psycopg.Connection)
        if driver.execute(question, prepare=False).fetchone() == (True,):
            return
        turn.rollback()
        time.sleep(ASK_AGAIN_SECONDS)


run()
