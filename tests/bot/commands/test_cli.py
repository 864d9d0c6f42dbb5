"""The `signoff` command: help for everything, one clear line for every error, and no slow imports."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from bot.cli import COMMANDS, run
from tests.fixtures.processes import ROOT

pytestmark = pytest.mark.slow


def signoff(*arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "bot.cli", *arguments],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], **env},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([name, "--help"]) == 0
    assert f"Usage: signoff {name}" in capsys.readouterr().out


def test_help_lists_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--help"]) == 0
    listed = capsys.readouterr().out
    assert all(f"\n  {name} " in listed for name in COMMANDS)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["nope"], "unknown command 'nope'"),
        (["worker", "--threads", "0"], "--threads"),
        (["worker", "--nope"], "--nope"),
        (["web", "extra"], "extra"),
    ],
)
def test_a_wrong_call_is_one_line_and_exit_code_2(
    arguments: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(arguments) == 2
    line = capsys.readouterr().err
    assert told in line
    assert line.count("\n") == 1


@pytest.mark.parametrize(
    ("command", "env", "told"),
    [
        ("migrate", {"DATABASE_URL": "postgresql://127.0.0.1:1/x", "REDIS_URL": "redis://r"}, "does not answer"),
        ("web", {"DATABASE_URL": "postgresql://d/x", "REDIS_URL": "redis://r", "PORT": "many"}, "PORT"),
        ("web", {"DATABASE_URL": "postgresql://d/x", "REDIS_URL": "redis://r", "HOST": "192.0.2.1"}, "Set HOST"),
        *(
            (
                command,
                {"DATABASE_URL": "postgresql://d/x", "REDIS_URL": "redis://:hunter2@r:many/0"},
                "REDIS_URL in the",
            )
            for command in ("web", "worker", "clock", "socket")
        ),
        *(
            (command, {"DATABASE_URL": "postgresql://u:hunter2@d/x?connection_limit=1", "REDIS_URL": "redis://r"}, told)
            for command, told in (("web", "DATABASE_CONNECTIONS"), ("clock", "DATABASE_CONNECTIONS"))
        ),
        ("worker", {"DATABASE_URL": "postgresql://d/x", "REDIS_URL": "redis://r/0?colour=blue"}, "'colour'"),
        ("stop", {"SIGNOFF_HOME": "/dev/null/home"}, "There is no"),
        ("up", {"SIGNOFF_HOME": "/dev/null/home"}, "/dev/null"),
    ],
)
def test_trouble_outside_is_one_line_without_a_traceback(command: str, env: dict[str, str], told: str) -> None:
    done = signoff(command, **env)
    lines = (done.stdout + done.stderr).splitlines()
    assert len(lines) == 1, lines
    assert told in lines[0]
    assert "hunter2" not in lines[0]
    assert done.returncode == (0 if command == "stop" else 1)


def test_help_imports_nothing_heavy() -> None:
    script = "import sys; from bot.cli import run; run(['--help']); print(*sys.modules, file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert not {"sqlalchemy", "typer", "rich", "starlette", "slack_bolt", "dramatiq"} & set(done.stderr.split())


def test_stop_says_what_it_stopped(tmp_path: Path) -> None:
    done = signoff("stop", SIGNOFF_HOME=str(tmp_path))
    assert done.stdout == f"Nothing of {tmp_path} was running.\n"
