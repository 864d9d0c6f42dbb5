"""`signoff migrate`."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

from bot.commands import command_app
from bot.local.embedded import Servers, prepare_environment

if TYPE_CHECKING:
    from core.installation.schema import Database

app = command_app()


@app.command()
def migrate() -> None:
    """Migrate the database to this version, and say which database, from which version to which.

    It is the one of DATABASE_URL, or else the embedded one of SIGNOFF_HOME. Safe to run twice, and while an older
    version is serving.
    """
    embedded = not os.environ.get("DATABASE_URL")
    home = prepare_environment(servers=Servers.MAKE)
    from core.installation.schema import head_revision, inspect_database, refuse_where_no_migration_leads_on
    from core.installation.schema import migrate as upgrade
    from core.settings import settings

    url = settings().database_url
    found = inspect_database(url)
    print(_place(found, home if embedded else None), flush=True)
    head = head_revision()
    if found.revision is not None:
        refuse_where_no_migration_leads_on([found.revision])
    if found.revision == head:
        print(f"It is at {head} already: there is nothing to do.")
        return
    print(f"From {_start(found)} to {head} ...", flush=True)
    upgrade(url)
    print("The database is up to date.")


def _place(database: "Database", home: Path | None) -> str:
    """Which database this is. Never its password."""
    if home is not None:
        where = f"embedded in {home}"
    elif database.host.startswith("/"):
        where = f"at the socket {database.host}, port {database.port}"
    else:
        where = f"at {database.host or 'localhost'}, port {database.port}"
    return f"The database {database.name}, {where}, as {database.user}."


def _start(database: "Database") -> str:
    if database.revision is not None:
        return database.revision
    return "nothing (an empty database)" if database.empty else "nothing (a database with tables of something else)"
