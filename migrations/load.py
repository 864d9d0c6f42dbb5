"""Load the database's own code from `migrations/sql/`: the text of each function, trigger and view that is in force.

One object a file, named after it: `functions/NAME.sql`, `triggers/TABLE.NAME.sql` (those of one table stand together, in
the order in which they fire), `views/NAME.sql`; a second function of one name is `NAME__ARGUMENT.sql`. A comment above the
statement says what the object enforces, which promises of DESIGN §1 it holds, and its twin in Python.

A migration that changes an object edits its file and loads it: a database that is there already has the new text by that,
and one that is made from nothing has it from the first migration that loads the file. So an older migration loads text
that is newer than itself. Of functions in plpgsql or between `$$`, the names are looked up only when they run. Whatever is
looked up at once is loaded by no migration older than what it names: a view, a trigger with new columns, a function with
`RETURN` or with a new type in its signature. It is taken off the list of the older migration and loaded by the newer one.
A database in between may refuse writes, but nobody works in one: each `signoff migrate` goes to the head.
"""

from pathlib import Path
from typing import Literal

from alembic import op

SQL = Path(__file__).resolve().parent / "sql"

Kind = Literal["functions", "triggers", "views"]


def load(kind: Kind, *names: str) -> None:
    """Create these objects as their files say, or replace them."""
    connection = op.get_bind()
    connection.exec_driver_sql("SET LOCAL check_function_bodies = off")
    for name in names:
        if kind == "views":  # CREATE OR REPLACE cannot take a column away
            op.execute(f"DROP VIEW IF EXISTS {name}")
        text = (SQL / kind / f"{name}.sql").read_text(encoding="utf-8")
        if "\nCREATE CONSTRAINT TRIGGER" in text:  # of which PostgreSQL replaces none either
            table, _, trigger = name.partition(".")
            op.execute(f"DROP TRIGGER IF EXISTS {trigger} ON {table}")
        connection.exec_driver_sql(text, execution_options={"no_parameters": True})


def drop(kind: Kind, *names: str) -> None:
    """Drop these objects, the last one first. For a downgrade."""
    for name in reversed(names):
        if kind == "triggers":
            table, _, trigger = name.partition(".")
            op.execute(f"DROP TRIGGER {trigger} ON {table}")
        else:
            op.execute(f"DROP {kind.removesuffix('s').upper()} {name}")
