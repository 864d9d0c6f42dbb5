"""Which revision a database is at, which one this version needs, and whether its migrations lead from here to there."""

from collections.abc import Collection
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import psycopg
import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from psycopg import errors as pg

from core.db import engine_for
from core.errors import SignoffError

#: The last commit that has the migrations which the present ones replace.
LAST_BEFORE_THE_SQUASH = "2b5e510"


@dataclass(frozen=True)
class Database:
    """A database as the server tells of it, and how far it is migrated."""

    name: str
    user: str
    #: A host, or the directory of a Unix socket.
    host: str
    port: int
    #: None before the first migration.
    revision: str | None
    #: Whether there is any table.
    empty: bool


def inspect_database(url: str) -> Database:
    """Ask the database at `url`. Raises `SignoffError` for what is no URL, `sa.exc.OperationalError` for no answer."""
    engine = engine_for(url)
    try:
        with engine.connect() as connection:
            driver = connection.connection.driver_connection
            assert isinstance(driver, psycopg.Connection)
            about = driver.info
            is_new = connection.scalar(sa.text("SELECT to_regclass('alembic_version') IS NULL"))
            revision = None if is_new else connection.scalar(sa.text("SELECT min(version_num) FROM alembic_version"))
            empty = not connection.scalar(
                sa.text("SELECT EXISTS (SELECT FROM pg_tables WHERE schemaname = ANY (current_schemas(false)))")
            )
            return Database(about.dbname, about.user, about.host, about.port, revision, empty)
    finally:
        engine.dispose()


@lru_cache(maxsize=1)
def head_revision() -> str:
    """The revision that this version needs."""
    return _revisions()[0]


@lru_cache(maxsize=1)
def older_revisions() -> frozenset[str]:
    """Every revision before the head, also those that were replaced. Any other is a newer version's."""
    return frozenset(_revisions()[1:]) | replaced_revisions()


@lru_cache(maxsize=1)
def replaced_revisions() -> frozenset[str]:
    """Revisions whose migrations are gone: others have replaced them, but only from nothing on."""
    return frozenset(
        revision for script in _scripts().walk_revisions() for revision in getattr(script.module, "replaces", ())
    )


def refuse_where_no_migration_leads_on(applied: Collection[str]) -> None:
    """Raises `SignoffError` for a database at a revision that is not one of ours."""
    for revision in applied:
        if revision in replaced_revisions():
            raise SignoffError(
                f"The database is at {revision}, whose migrations have been squashed since. First run `signoff"
                f" migrate` of commit {LAST_BEFORE_THE_SQUASH}, the last one that has them; then this one again."
            )
        if revision not in _revisions():
            raise SignoffError(
                f"The database is at {revision}, which this version does not know: a newer one has migrated it."
                " Nothing was changed."
            )


@lru_cache(maxsize=1)
def _revisions() -> tuple[str, ...]:
    """All revisions of ours, the head first."""
    return tuple(script.revision for script in _scripts().walk_revisions())


@lru_cache(maxsize=1)
def _scripts() -> ScriptDirectory:
    return ScriptDirectory.from_config(_config())


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return config


MIGRATIONS = Path(__file__).resolve().parents[2] / "migrations"

#: What may stand in the way of a migration, and what to tell a person.
CANNOT_MIGRATE: dict[type[psycopg.Error], str] = {
    pg.LockNotAvailable: "A table is in use for longer than a migration waits: run it again.",
    pg.InsufficientPrivilege: "This user may not change the database's tables.",
    pg.DuplicateTable: "There is a table of that name that Signoff did not make: it needs a database of its own.",
}


def migrate(url: str, revision: str = "head") -> None:
    """Bring the database to `revision`. Safe to call from several processes at once: they take turns.

    Raises `SignoffError` where a person must act first; what was migrated up to there stays.
    """
    config = _config()
    config.attributes["url"] = url
    try:
        command.upgrade(config, revision)
    except sa.exc.DBAPIError as error:
        for cause, sentence in CANNOT_MIGRATE.items():
            if isinstance(error.orig, cause):
                raise SignoffError(f"{sentence} ({str(error.orig).splitlines()[0]})") from error
        raise
