"""`signoff migrate` as a person runs it: it names the database, and from where to where, before it changes anything."""

from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy.engine import make_url

from bot.cli import run
from core.installation.schema import head_revision, migrate
from core.settings import settings

Said = pytest.CaptureFixture[str]


@pytest.fixture
def use(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], str]]:
    """Sets DATABASE_URL; gives the line that names that database."""

    def use(url: str) -> str:
        monkeypatch.setenv("DATABASE_URL", url)
        monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1:1/0")
        settings.cache_clear()
        parsed = make_url(url)
        return f"The database {parsed.database}, at the socket {parsed.query['host']}, port 5432, as signoff."

    yield use
    settings.cache_clear()


def at(url: str, revision: str) -> None:
    with psycopg.connect(url) as connection:
        connection.execute("UPDATE alembic_version SET version_num = %s", (revision,))


def test_an_empty_database_comes_from_nothing(use: Callable[[str], str], bare_url: str, capsys: Said) -> None:
    place = use(bare_url)
    assert run(["migrate"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        place,
        f"From nothing (an empty database) to {head_revision()} ...",
        "The database is up to date.",
    ]


def test_the_second_time_there_is_nothing_to_do(use: Callable[[str], str], database_url: str, capsys: Said) -> None:
    place = use(database_url)
    assert run(["migrate"]) == 0
    assert capsys.readouterr().out == f"{place}\nIt is at {head_revision()} already: there is nothing to do.\n"


def test_a_password_is_not_said(use: Callable[[str], str], database_url: str, capsys: Said) -> None:
    use(database_url.replace("signoff@", "signoff:hunter2@"))
    assert run(["migrate"]) == 0
    assert "hunter2" not in "".join(capsys.readouterr())


def test_a_database_further_back_says_from_where(use: Callable[[str], str], bare_url: str, capsys: Said) -> None:
    migrate(bare_url, "squashed_guards")
    use(bare_url)
    assert run(["migrate"]) == 0
    assert f"\nFrom squashed_guards to {head_revision()} ...\n" in capsys.readouterr().out


def test_tables_of_something_else_are_told_and_kept(use: Callable[[str], str], bare_url: str, capsys: Said) -> None:
    with psycopg.connect(bare_url) as connection:
        connection.execute("CREATE TABLE accounts (id int)")
    use(bare_url)
    assert run(["migrate"]) == 1
    said = capsys.readouterr()
    assert "From nothing (a database with tables of something else)" in said.out
    assert said.err.startswith("signoff: There is a table of that name that Signoff did not make")
    assert said.err.count("\n") == 1
    with psycopg.connect(bare_url) as connection:
        assert connection.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone() == (1,)


@pytest.mark.parametrize(
    ("revision", "told"),
    [
        ("add_views", "First run `signoff migrate` of commit 2b5e510"),
        ("from_the_future", "a newer one has migrated it. Nothing was changed."),
    ],
)
def test_where_no_migration_leads_on_is_one_line(
    revision: str, told: str, use: Callable[[str], str], database_url: str, capsys: Said
) -> None:
    at(database_url, revision)
    place = use(database_url)
    assert run(["migrate"]) == 1
    said = capsys.readouterr()
    assert told in said.err
    assert said.err.count("\n") == 1
    assert said.out == f"{place}\n"


def test_an_embedded_database_is_named_by_its_home(
    embedded_home: Path, monkeypatch: pytest.MonkeyPatch, capsys: Said
) -> None:
    monkeypatch.setenv("SIGNOFF_HOME", str(embedded_home))
    for name in ("DATABASE_URL", "REDIS_URL", "SECRET_KEY"):
        monkeypatch.setenv(name, "")  # as if unset; what the command fills in goes with this test
    settings.cache_clear()
    assert run(["migrate"]) == 0
    settings.cache_clear()
    first, *_, last = capsys.readouterr().out.splitlines()
    assert first == f"The database signoff, embedded in {embedded_home}, as signoff."
    assert last in ("The database is up to date.", f"It is at {head_revision()} already: there is nothing to do.")
