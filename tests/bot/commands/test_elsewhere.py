"""A command typed in another folder: it starts nothing there, makes nothing there, and says what is set up."""

from pathlib import Path

import pytest

from bot.cli import COMMANDS, run
from core.db import engine
from core.settings import settings

#: Every call there is that comes to a database; the others are in the table below.
CALLS = [
    "accounts list",
    "accounts health",
    "accounts check a@example.com",
    "accounts pause a@example.com",
    "accounts resume a@example.com --yes",
    "accounts secret a@example.com",
    "activity sent",
    "activity scheduled",
    "apply FILE",
    "apply FILE --dry-run",
    "campaigns list",
    "campaigns pause x",
    "campaigns resume x --yes",
    "clock",
    "demo",
    "drafts list",
    "history import FILE",
    "ingest FILE",
    "installation confirm --yes",
    "installation start --yes",
    "installation status",
    "installation stop --reason x",
    "keys create x",
    "keys list",
    "keys revoke x --yes",
    "queue list",
    "queue skip x --yes",
    "queue today",
    "queue why x",
    "socket",
    "verify",
    "web",
    "worker",
]
#: These two set a folder up, and `stop` has nothing to look at.
OTHERS = {"up", "migrate", "stop"}


def test_the_table_is_whole() -> None:
    import importlib

    import typer.main

    subcommands = {
        f"{name} {word}"
        for name in COMMANDS
        for word in getattr(typer.main.get_command(importlib.import_module(f"bot.commands.{name}").app), "commands", [])
    }
    assert {call.split()[0] for call in CALLS} | OTHERS == set(COMMANDS)
    assert subcommands <= {" ".join(call.split()[:2]) for call in CALLS}


@pytest.mark.parametrize("call", CALLS)
def test_nothing_is_started_or_made_in_a_folder_where_nothing_is(
    call: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "FILE").write_text("x = 1\n")
    for name in ("SIGNOFF_HOME", "DATABASE_URL", "REDIS_URL", "SECRET_KEY"):
        monkeypatch.setenv(name, "")
    monkeypatch.chdir(tmp_path)
    settings.cache_clear()
    engine.cache_clear()
    assert run(call.split()) == 1
    told = capsys.readouterr().err
    assert told.startswith(f"signoff: nothing is set up in {tmp_path}/.signoff: `signoff up` starts one there"), told
    assert told.count("\n") == 1
    assert [one.name for one in tmp_path.iterdir()] == ["FILE"]
