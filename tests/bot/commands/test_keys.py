"""`signoff keys` as a person runs it."""

import re
import sys
from io import StringIO

import pytest

from bot.cli import run
from core import api_keys
from core.db import transaction
from tests.bot.api.parts import workspace


@pytest.fixture(autouse=True)
def declared(database: str) -> None:
    workspace()


def created(capsys: pytest.CaptureFixture[str], name: str = "crm") -> str:
    assert run(["keys", "create", name]) == 0
    return capsys.readouterr().out.strip()


def opens(token: str) -> bool:
    with transaction() as tx:
        return api_keys.find(tx, token) is not None


def test_a_key_is_all_that_stdout_gets_so_that_a_script_can_take_it(capsys: pytest.CaptureFixture[str]) -> None:
    token = created(capsys)
    assert re.fullmatch(r"so_[A-Za-z0-9_-]{43}", token)
    assert opens(token)


def test_the_list_shows_names_and_never_a_key(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["keys", "list"]) == 0
    assert "There are no keys yet" in capsys.readouterr().out
    token = created(capsys, "the crm [prod]")
    assert run(["keys", "list"]) == 0
    told = capsys.readouterr().out
    assert "the crm [prod]" in told
    assert token not in told
    assert token[3:10] not in told


def test_a_name_that_is_taken_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    created(capsys)
    assert run(["keys", "create", "crm"]) == 1
    assert capsys.readouterr().err.count("\n") == 1


def test_a_key_is_revoked_after_a_yes(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    token = created(capsys)
    monkeypatch.setattr(sys, "stdin", StringIO("n\n"))
    assert run(["keys", "revoke", "crm"]) != 0
    assert opens(token)
    monkeypatch.setattr(sys, "stdin", StringIO("y\n"))
    assert run(["keys", "revoke", "crm"]) == 0
    assert not opens(token)


def test_yes_can_be_said_beforehand(capsys: pytest.CaptureFixture[str]) -> None:
    token = created(capsys)
    assert run(["keys", "revoke", "crm", "--yes"]) == 0
    assert not opens(token)
    assert run(["keys", "revoke", "crm", "--yes"]) == 1
    assert "No active key is named 'crm'" in capsys.readouterr().err


def test_with_two_workspaces_one_must_be_named(capsys: pytest.CaptureFixture[str]) -> None:
    workspace("T02OTHER")
    assert run(["keys", "create", "crm"]) == 1
    assert "--workspace" in capsys.readouterr().err
    assert run(["keys", "create", "crm", "--workspace", "T02OTHER"]) == 0
