"""`signoff apply` as a person runs it."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.cli import run
from core.db import engine, transaction
from core.models import Campaign, Member, Workspace
from core.settings import settings
from tests.core.declare.test_read import EXAMPLES, GOOD

pytestmark = pytest.mark.usefixtures("database")

Write = Callable[[str], str]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes a declaration; gives its path."""

    def write(text: str) -> str:
        file = tmp_path / "workspace.toml"
        file.write_text(text, encoding="utf-8")
        return str(file)

    return write


def count(table: type[Workspace | Member | Campaign]) -> int:
    with transaction() as tx:
        return tx.scalar(sa.select(sa.func.count()).select_from(table)) or 0


def test_it_says_what_was_created_and_the_second_time_that_nothing_was(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["apply", str(EXAMPLES / "workspace.toml")]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "Created the workspace Acme (T01TEST).",
        "Created the member Alice Anderson (U01ALICE).",
        "Created the account sam@example.com.",
        "Created the offer autumn.",
        "Created the campaign launch.",
    ]
    assert run(["apply", str(EXAMPLES / "workspace.toml")]) == 0
    assert capsys.readouterr().out == "Unchanged: 1 workspace, 1 member, 1 account, 1 campaign.\n"


def test_it_says_what_changed_from_what_to_what_and_what_it_left_alone(
    write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    run(["apply", write(GOOD)])
    capsys.readouterr()
    changed = GOOD.partition("[[accounts]]")[0].replace('role = "reviewer"', 'role = "admin"')
    assert run(["apply", write(changed)]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "Changed the member Alice Anderson (U01ALICE): role from reviewer to admin.",
        "Unchanged: 1 workspace.",
        "Left alone: the account sam@example.com (not in the file).",
        "Left alone: the campaign launch (not in the file).",
    ]


def test_an_hour_of_the_digest_that_was_moved_says_when_the_next_one_comes(
    write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    """On the first day no day is over yet: whatever the hour, the first digest comes the day after."""
    run(["apply", write(GOOD)])
    capsys.readouterr()
    moved = GOOD.replace("[workspace]\n", '[workspace]\ndigest_at = "23:59"\n')
    assert moved != GOOD
    assert run(["apply", write(moved)]) == 0
    assert re.search(r"The next digest comes \w{3} 23:59 \(.+\): each day's is sent once", capsys.readouterr().out)
    assert run(["apply", write(moved)]) == 0
    assert "digest" not in capsys.readouterr().out


def test_a_dry_run_says_the_same_and_changes_nothing(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["apply", write(GOOD), "--dry-run"]) == 0
    told = capsys.readouterr().out
    assert "Would create the campaign launch." in told
    assert told.endswith("This was a dry run: nothing was changed.\n")
    assert count(Workspace) == 0


def test_every_fault_is_a_line_with_its_place_and_nothing_is_changed(
    write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    file = write(GOOD.replace('role = "reviewer"', 'role = "boss"').replace("offer =", "ofer ="))
    assert run(["apply", file]) == 1
    assert capsys.readouterr().err.splitlines() == [
        f"signoff: {file}: line 10: members.role: must be 'viewer', 'reviewer', 'admin' or 'owner'",
        f"signoff: {file}: line 17: campaigns.offer: is missing",
        f"signoff: {file}: line 20: campaigns.ofer: unknown key. Did you mean offer?",
        "Nothing was changed.",
    ]
    assert count(Workspace) == 0


def test_a_fault_that_only_the_database_knows_has_its_line_too(
    write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    file = write(GOOD.replace('["U01ALICE"]', '["U09NOBODY"]'))
    assert run(["apply", file]) == 1
    assert "line 22: campaigns.reviewers: there is no member U09NOBODY" in capsys.readouterr().err
    assert count(Workspace) == count(Member) == count(Campaign) == 0


def test_a_variable_that_is_not_set_is_a_warning(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["apply", write(GOOD.replace("smtp://127.0.0.1:1025", "env:NOT_SET_ANYWHERE"))]) == 0
    assert "Warning: NOT_SET_ANYWHERE is not set here." in capsys.readouterr().out


def test_a_database_without_tables_is_one_line_that_says_what_to_run(
    write: Write, bare_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    engine().dispose()
    monkeypatch.setenv("DATABASE_URL", bare_url)
    settings.cache_clear()
    engine.cache_clear()
    assert run(["apply", write(GOOD)]) == 1
    assert capsys.readouterr().err == "signoff: the database is not at this version: run `signoff migrate`.\n"


def test_a_file_that_is_not_there_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["apply", "nowhere.toml"]) == 1
    assert capsys.readouterr().err == "signoff: nowhere.toml: No such file or directory\n"


def test_a_line_that_is_no_toml_is_named_and_shown(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    file = write(GOOD.replace('slug = "launch"', "slug = launch"))
    assert run(["apply", file]) == 1
    assert capsys.readouterr().err.splitlines() == [
        f'signoff: {file}: line 18: this is not TOML: text is in quotes: slug = "launch" (column 8)',
        "    slug = launch",
        "Nothing was changed.",
    ]


@pytest.mark.parametrize("dry", [[], ["--dry-run"]])
def test_another_workspace_needs_a_word_of_its_own(
    write: Write, dry: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    run(["apply", write(GOOD)])
    other = write(GOOD.replace("T01TEST", "T02OTHER"))
    capsys.readouterr()
    assert run(["apply", other, *dry]) == 1
    assert "T02OTHER would be a second workspace beside Acme (T01TEST)." in capsys.readouterr().err
    assert count(Workspace) == 1
    assert run(["apply", other, "--new-workspace", *dry]) == 0
    assert count(Workspace) == (1 if dry else 2)


@pytest.mark.parametrize("call", [["apply"], ["ingest"], ["history", "import"]])
def test_a_file_that_cannot_be_read_is_one_line(
    call: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(["apply", str(EXAMPLES / "workspace.toml")])
    capsys.readouterr()
    (tmp_path / "binary").write_bytes(bytes(range(256)) * 64)
    (tmp_path / "empty").write_bytes(b"")
    for name, told in [("nowhere", "No such file"), (".", "Is a directory"), ("binary", ""), ("empty", "")]:
        assert run([*call, str(tmp_path / name)]) == (0 if (call, name) == (["ingest"], "empty") else 1), name
        said = capsys.readouterr()
        assert told in said.err
        assert "Traceback" not in said.err
