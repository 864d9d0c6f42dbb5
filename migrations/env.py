"""How Alembic reaches the database: one connection, one advisory lock, so that processes that start together take turns."""

import time

import sqlalchemy as sa
from alembic import context

from core.db import engine_for
from core.installation.schema import refuse_where_no_migration_leads_on
from core.models import Base

#: Any number that nothing else in this database locks.
MIGRATION_LOCK = 0x5160_0FF0
ASK_AGAIN_SECONDS = 0.1


def run() -> None:
    """Migrate over a connection of its own. A lock on a busy table is given up after 5 s rather than stop the sends."""
    url = context.config.attributes.get("url") or context.get_x_argument(as_dictionary=True).get("url", "")
    engine = engine_for(url)
    with engine.connect() as connection:
        connection.execute(sa.text("SET statement_timeout = 0"))
        connection.commit()
        # Another process may migrate for long. Asking again holds no snapshot meanwhile: an index that is built
        # concurrently over there would wait for it, and we for the index.
        while not connection.scalar(sa.text("SELECT pg_try_advisory_lock(:n)"), {"n": MIGRATION_LOCK}):
            connection.rollback()
            time.sleep(ASK_AGAIN_SECONDS)
        connection.execute(sa.text("SET lock_timeout = '5s'"))
        connection.commit()
        try:
            context.configure(
                connection=connection, target_metadata=Base.metadata, transaction_per_migration=True, compare_type=True
            )
            refuse_where_no_migration_leads_on(context.get_context().get_current_heads())
            with context.begin_transaction():
                context.run_migrations()
        finally:
            connection.rollback()
            connection.execute(sa.text("SELECT pg_advisory_unlock(:n)"), {"n": MIGRATION_LOCK})
            connection.commit()
    engine.dispose()


run()
