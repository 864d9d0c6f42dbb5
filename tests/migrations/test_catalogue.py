"""What the migrations make is written down in `catalogue.txt`; the files of `migrations/sql` are what is in force."""

import re
from pathlib import Path

import psycopg
import pytest

from core.installation.schema import MIGRATIONS
from tests.migrations.catalogue import CATALOGUE, describe

SQL = MIGRATIONS / "sql"
ROOT = MIGRATIONS.parent
FILES = sorted(SQL.glob("*/*.sql"))

#: What there is of each kind that no extension brought along, by the name that its file has.
OBJECTS = {
    "functions": "SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND NOT EXISTS ("
    " SELECT FROM pg_depend WHERE objid = pg_proc.oid AND deptype = 'e')",
    "triggers": "SELECT relname || '.' || tgname FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid"
    " WHERE NOT tgisinternal",
    "views": "SELECT viewname FROM pg_views WHERE schemaname = 'public'",
}


def test_the_catalogue_is_the_one_that_was_reviewed(database_url: str) -> None:
    """The first `catalogue.txt` was the text of what the 26 migrations made that were squashed later."""
    assert describe(database_url) == CATALOGUE.read_text(encoding="utf-8"), (
        "the migrations make something else: if that is meant, `python -m tests.migrations.catalogue` writes it down"
    )


@pytest.mark.parametrize("kind", OBJECTS)
def test_each_object_has_a_file_and_each_file_an_object(kind: str, database_url: str) -> None:
    with psycopg.connect(database_url) as connection:
        made = sorted(name for (name,) in connection.execute(OBJECTS[kind].encode()))
    # A second function of one name has its argument in the name of its file.
    assert made == sorted(file.stem.partition("__")[0] for file in FILES if file.parent.name == kind)


def test_loading_the_files_again_changes_nothing(database_url: str) -> None:
    before = describe(database_url)
    with psycopg.connect(database_url) as connection:
        for file in FILES:
            if file.parent.name == "views":
                connection.execute(f"DROP VIEW {file.stem}".encode())
            text = file.read_bytes()
            if b"CONSTRAINT TRIGGER" in text:
                table, _, trigger = file.stem.partition(".")
                connection.execute(f"DROP TRIGGER {trigger} ON {table}".encode())
            connection.execute(text)
    assert describe(database_url) == before


@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parent.name}/{file.stem}")
def test_each_file_says_what_it_is_for(file: Path) -> None:
    """One statement, above it a comment: what it does, its promises, and a twin that exists."""
    comment, _, statement = file.read_text(encoding="utf-8").partition("\nCREATE ")
    lines = comment.splitlines()
    assert all(line.startswith("-- ") for line in lines)
    words = " ".join(line.removeprefix("-- ") for line in lines)
    assert re.search(r" Promises: (P\d+, )*P\d+\. ", words)
    object_name = file.stem.partition("__")[0].rpartition(".")[2]
    kind = file.parent.name.upper().removesuffix("S")
    assert re.match(rf"(OR REPLACE |CONSTRAINT )?{kind} {object_name}\b", statement)
    shared = re.search(r"Function and twin: (functions/\w+\.sql)\.$", words)
    if shared:
        assert (SQL / shared[1]).exists()
        return
    twins = re.search(r"Twin: (.+)\.$", words)
    assert twins, "no twin"
    for twin in twins[1].split("; "):
        path, _, names = twin.partition(" ")
        source = (ROOT / path.removesuffix(",")).read_text(encoding="utf-8")
        for name in names.split(", "):
            assert re.search(rf"\b{name}\b", source) or " " in name, f"{path} has no {name}"
