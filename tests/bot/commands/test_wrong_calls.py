"""Commands that were called wrongly: one line in plain words, with what was likely meant, and exit code 2."""

import importlib
import os
import signal
import subprocess
import sys
from io import StringIO

import pytest
import typer.main

from bot.cli import COMMANDS, run
from core.db import transaction
from tests.fixtures.domain import Domain
from tests.fixtures.processes import ROOT

GROUPS = [
    name
    for name in COMMANDS
    if hasattr(typer.main.get_command(importlib.import_module(f"bot.commands.{name}").app), "commands")
]

Told = pytest.CaptureFixture[str]


@pytest.mark.parametrize(
    ("call", "told"),
    [
        ("qeue", "unknown command 'qeue'. Did you mean queue?"),
        ("acounts list", "unknown command 'acounts'. Did you mean accounts?"),
        ("nope", "unknown command 'nope'. `signoff --help` lists all."),
        ("--hepl", "unknown option '--hepl'. Did you mean --help?"),
        ("queue lsit", "`signoff queue` has no command 'lsit'. Did you mean `signoff queue list`?"),
        ("queue nope", "`signoff queue` has no command 'nope'. Choose from: list, today, why, skip."),
        ("queue list --limt 3", "`signoff queue list` has no option --limt. Did you mean --limit?"),
        ("up --opn", "`signoff up` has no option --opn. Did you mean --open?"),
        ("up --zzz", "`signoff up` has no option --zzz. `signoff up --help` lists its options."),
        ("queue list --limit x", "--limit: 'x' is not a whole number."),
        ("queue list --limit 1.5", "--limit: '1.5' is not a whole number."),
        ("queue list --limit 5000", "--limit: 5000 is too large: the maximum is 1,000."),
        ("worker --threads 0", "--threads: 0 is too small: the minimum is 1."),
        ("worker --only mail", "--only: 'mail' is not one of 'deliver', 'cards'."),
        ("queue list --limit", "--limit needs a value."),
        ("up --demo=1", "--demo takes no value."),
        ("activity sent --since yesterday", "'yesterday' is not a date or time; write 2026-11-20"),
        ("keys revoke", "NAME is missing: `signoff keys revoke [OPTIONS] NAME`."),
        ("installation stop", "--reason is missing"),
        ("web extra", "`signoff web` does not take 'extra'"),
        ("campaigns pause", "campaigns pause: name one campaign, or write --all"),
    ],
)
def test_a_wrong_call_says_what_is_wrong_and_what_was_likely_meant(call: str, told: str, capsys: Told) -> None:
    assert run(call.split()) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert told in said.err
    assert said.err.count("\n") == 1
    assert "Input should" not in said.err


@pytest.mark.parametrize("name", GROUPS)
def test_a_group_without_a_command_lists_its_commands(name: str, capsys: Told) -> None:
    assert run([name]) == 2
    told = capsys.readouterr().out
    group = typer.main.get_command(importlib.import_module(f"bot.commands.{name}").app)
    assert all(f"\n  {word} " in told for word in group.commands)  # type: ignore[attr-defined]


def test_help_of_a_command_can_be_asked_for_first(capsys: Told) -> None:
    assert run(["help", "queue"]) == 0
    assert "Usage: signoff queue" in capsys.readouterr().out


# --- it looks before it asks ---


@pytest.mark.slow
@pytest.mark.parametrize(
    ("call", "told"),
    [
        ("keys revoke nope", "No active key is named 'nope'"),
        ("accounts resume nope@example.com", "no account"),
        ("accounts resume sam@example.com", "nothing to resume"),
        ("accounts secret nope@example.com", "no account"),
        ("campaigns resume nope", "no campaign"),
        ("campaigns resume launch", "nothing to resume"),
        ("campaigns resume --all", "No campaign was paused"),
        ("queue skip nope", "No draft has"),
        ("installation confirm", "there is nothing to confirm"),
    ],
)
@pytest.mark.usefixtures("domain")
def test_what_cannot_be_is_refused_before_anything_is_asked(
    call: str, told: str, capsys: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", StringIO("y\n"))
    assert run(call.split()) == 1
    said = capsys.readouterr()
    assert told.casefold() in said.err.casefold()
    assert said.out == "", "no question"
    assert sys.stdin.read() == "y\n", "no answer was read"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("typed", "told"),
    [("n\n", "signoff: nothing was changed.\n"), ("", "nobody can confirm here (no terminal): add --yes.")],
)
def test_an_answer_that_is_not_yes_changes_nothing_and_says_so(
    typed: str, told: str, domain: Domain, capsys: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run(["campaigns", "pause", "launch"]) == 0
    capsys.readouterr()
    monkeypatch.setattr(sys, "stdin", StringIO(typed))
    assert run(["campaigns", "resume", "launch"]) == 1
    assert told in capsys.readouterr().err
    with transaction():
        assert domain.rows("SELECT status FROM campaigns") == [("paused",)]


# --- the end of a pipe ---


def test_a_reader_who_goes_away_ends_a_command_without_a_word() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        [sys.executable, "-m", "bot.cli", "queue", "--help"],
        cwd=ROOT,
        stdout=writer,
        stderr=subprocess.PIPE,
        check=False,
    )
    os.close(writer)
    assert done.stderr == b""
    assert done.returncode in (1, 128 + signal.SIGPIPE)


def test_a_full_disk_is_one_line() -> None:
    with open("/dev/full", "wb") as full:  # noqa: PTH123
        done = subprocess.run(
            [sys.executable, "-m", "bot.cli", "--help"], cwd=ROOT, stdout=full, stderr=subprocess.PIPE, check=False
        )
    assert done.stderr.decode().startswith("signoff: its output cannot be written")
    assert done.stderr.count(b"\n") == 1
    assert done.returncode == 1
