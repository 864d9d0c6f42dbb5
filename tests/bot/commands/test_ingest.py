"""`signoff ingest` as a person runs it."""

import io
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from rich.console import Console

from bot.cli import run
from bot.commands import ingest_run
from core.db import engine, transaction
from core.ids import UUID
from core.models import Draft
from core.settings import settings
from core.telemetry import logs
from jobs import ring
from tests.bot.api.parts import draft, workspace
from tests.core.declare.test_read import EXAMPLES

Write = Callable[..., str]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes drafts, or text as it is, as lines of a file; gives its path."""

    def write(*lines: dict[str, Any] | str) -> str:
        file = tmp_path / "drafts.jsonl"
        file.write_text("".join(f"{line if isinstance(line, str) else json.dumps(line)}\n" for line in lines))
        return str(file)

    return write


@pytest.fixture
def rung(database: str, monkeypatch: pytest.MonkeyPatch) -> list[UUID]:
    """A workspace; the drafts whose cards the command asks for. The logs of the test run stay as they are."""
    rung: list[UUID] = []
    monkeypatch.setattr(ring, "ring_new_cards", lambda ids: rung.extend(ids) or True)
    monkeypatch.setattr(logs, "configure", lambda *_: None)
    workspace()
    return rung


def kept() -> list[str]:
    with transaction() as tx:
        return list(tx.scalars(sa.select(Draft.key).order_by(Draft.key)).all())


def test_the_example_is_taken_whole_and_its_cards_are_asked_for(
    rung: list[UUID], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["ingest", str(EXAMPLES / "drafts.jsonl")]) == 0
    told = capsys.readouterr()
    assert (told.out, told.err) == ("3 new, 0 already known, 0 refused.\n", "")
    assert kept() == ["crm-1", "crm-2", "crm-3"]
    assert len(rung) == 3


def test_bad_lines_are_named_the_good_ones_kept_and_the_exit_code_is_1(
    rung: list[UUID], write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    file = write(draft(key="a"), "", "{nope", draft(key="b", to={"email": "nope"}), draft(key="c"), draft(key="c"))
    assert run(["ingest", file]) == 1
    told = capsys.readouterr()
    assert told.out == "2 new, 1 already known, 2 refused.\n"
    lines = told.err.splitlines()
    assert lines[0].startswith("line 3: this is not JSON: ")
    assert lines[1] == "line 4: to.email: no @ sign"
    assert len(lines) == 2
    assert kept() == ["a", "c"]


def test_a_dry_run_keeps_nothing_and_rings_for_nothing(
    rung: list[UUID], write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["ingest", "--dry-run", write(draft(), draft(key="x", campaign="nope"))]) == 1
    assert capsys.readouterr().out == "Dry run, nothing was ingested: 1 new, 0 already known, 1 refused.\n"
    assert (kept(), rung) == ([], [])


def test_a_dash_is_stdin(rung: list[UUID], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(json.dumps(draft()).encode())))
    assert run(["ingest", "-"]) == 0
    assert kept() == ["crm-1"]


def test_with_two_workspaces_one_must_be_named(
    rung: list[UUID], write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    workspace("T02OTHER")
    assert run(["ingest", write(draft())]) == 1
    assert "name one with --workspace: T01TEST (Acme), T02OTHER (Acme)." in capsys.readouterr().err
    assert run(["ingest", "--workspace", "T09NOPE", write(draft())]) == 1
    assert "There is no workspace 'T09NOPE'." in capsys.readouterr().err
    assert run(["ingest", "--workspace", "T02OTHER", write(draft())]) == 0
    assert kept() == ["crm-1"]


@pytest.mark.usefixtures("database")
def test_without_a_workspace_it_says_how_to_get_one(
    write: Write, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logs, "configure", lambda *_: None)
    assert run(["ingest", write(draft())]) == 1
    assert "`signoff apply workspace.toml`" in capsys.readouterr().err


def test_a_doorbell_that_is_silent_is_rung_once_and_every_draft_is_kept(
    rung: list[UUID], write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    rings: list[int] = []
    monkeypatch.setattr(ring, "ring_new_cards", lambda ids: rings.append(len(ids)))
    assert run(["ingest", write(*(draft(key=f"k{n:03}") for n in range(120)))]) == 0
    assert len(kept()) == 120
    assert rings == [50]


def test_what_was_done_before_the_database_went_away_is_told(
    rung: list[UUID], write: Write, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    file = write(*(draft(key=f"k{n:03}") for n in range(120)))

    def then_gone(ids: list[UUID]) -> bool:
        engine().dispose()
        monkeypatch.setenv("DATABASE_URL", "postgresql://127.0.0.1:1/nowhere")
        settings.cache_clear()
        engine.cache_clear()
        return True

    monkeypatch.setattr(ring, "ring_new_cards", then_gone)
    assert run(["ingest", file]) == 1
    told = capsys.readouterr()
    assert told.out.startswith("Interrupted after 50 new, 0 already known, 0 refused.")
    assert told.err == "signoff: The database does not answer.\n"


def test_a_terminal_gets_a_progress_bar_and_a_pipe_does_not(
    rung: list[UUID], write: Write, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def console(**_: Any) -> Console:
        return Console(file=sys.stderr, force_terminal=True, width=80, highlight=False)

    file = write(draft(), "nope")
    run(["ingest", file])
    assert "Ingesting" not in capsys.readouterr().err
    monkeypatch.setattr(ingest_run, "Console", console)
    run(["ingest", file])
    told = capsys.readouterr().err
    assert "Ingesting" in told
    assert "line 2: this is not JSON" in told
