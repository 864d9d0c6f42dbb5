"""Starting: loopback only, never beside a real token, and what was there is there again."""

import os
import socket
import sqlite3
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from slack_sdk import WebClient

from bot.sandbox.__main__ import listen
from bot.sandbox.app import create_app
from bot.sandbox.client import running
from bot.sandbox.config import Config, Refused, with_workspace
from jobs.slack.methods import SCOPES

pytestmark = pytest.mark.slow


def started(*options: str, **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "bot.sandbox", *options],
        env={**os.environ, **environ},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "example.com"])
def test_it_refuses_any_host_but_loopback(host: str) -> None:
    ended = started("--host", host)
    assert ended.returncode == 2
    assert ended.stderr == f"sandbox: the sandbox listens on loopback only, not on {host}\n"
    with pytest.raises(Refused, match="loopback only"):
        create_app(Config(host=host))


@pytest.mark.parametrize(
    ("name", "token"), [("SLACK_BOT_TOKEN", "xoxb-1234-5678-real"), ("SLACK_APP_TOKEN", "xapp-1-1234-5678-real")]
)
def test_it_refuses_to_stand_beside_a_real_slack_token(name: str, token: str) -> None:
    ended = started(**{name: token})
    assert ended.returncode == 2
    assert ended.stderr.startswith(f"sandbox: {name} holds a real Slack token")
    assert "1234" not in ended.stderr
    assert ended.stderr.count("\n") == 1


def test_it_refuses_a_port_that_is_taken_in_one_line(tmp_path: Path) -> None:
    with running() as (_, addresses):
        ended = started("--port", addresses["url"].rpartition(":")[2])
    assert ended.returncode == 2
    assert ended.stderr.count("\n") == 1


def test_the_socket_names_its_protocol_so_that_asyncio_switches_nagle_off() -> None:
    with listen("127.0.0.1", 0) as listening, socket.create_connection(listening.getsockname()):
        accepted, _ = listening.accept()
        with accepted:
            assert accepted.proto == socket.IPPROTO_TCP


def test_messages_and_mails_outlive_a_restart(tmp_path: Path) -> None:
    with running(home=tmp_path) as (_, addresses):
        slack = WebClient(token=addresses["bot_token"], base_url=addresses["api_url"])
        first = slack.chat_postMessage(channel="U01ALICE", text="kept")["ts"]
    with running(home=tmp_path) as (client, addresses):
        assert [m["text"] for m in client.messages("U01ALICE")] == ["kept"]
        slack = WebClient(token=addresses["bot_token"], base_url=addresses["api_url"])
        assert slack.chat_update(channel="D01ALICE", ts=first, text="changed")["ok"]
        assert slack.chat_postMessage(channel="D01ALICE", text="later")["ts"] > first


def test_what_was_kept_before_there_were_threads_and_teams_is_still_there(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "sandbox.sqlite3") as old:
        old.executescript(
            "CREATE TABLE members (id TEXT PRIMARY KEY, handle TEXT, name TEXT, email TEXT, tz TEXT, deleted INTEGER);"
            "CREATE TABLE conversations (id TEXT PRIMARY KEY, kind TEXT, name TEXT, member TEXT, is_open INTEGER,"
            " archived INTEGER, has_bot INTEGER);"
            "CREATE TABLE messages (channel TEXT, ts TEXT, author TEXT, ephemeral_to TEXT, edits INTEGER DEFAULT 0,"
            " deleted INTEGER DEFAULT 0, body TEXT, PRIMARY KEY (channel, ts));"
            "INSERT INTO members VALUES ('U01ALICE', 'alice', 'Alice', 'a@example.com', 'UTC', 0);"
            "INSERT INTO conversations VALUES ('D01ALICE', 'im', NULL, 'U01ALICE', 1, 0, 1);"
            "INSERT INTO messages VALUES ('D01ALICE', '1700000000.000001', 'U0SIGNOFF', NULL, 0, 0,"
            """ '{"type": "message", "ts": "1700000000.000001", "user": "U0SIGNOFF", "text": "old"}');"""
        )
    old.close()
    with running(home=tmp_path) as (client, addresses):
        slack = WebClient(token=addresses["bot_token"], base_url=addresses["api_url"])
        slack.chat_postMessage(channel="D01ALICE", thread_ts="1700000000.000001", text="new")
        assert [m["text"] for m in client.messages("U01ALICE")] == ["old"]
        assert [m["text"] for m in client.thread("D01ALICE", "1700000000.000001")] == ["new"]


def test_a_workspace_file_names_team_and_members(tmp_path: Path) -> None:
    file = tmp_path / "workspace.toml"
    file.write_text(
        '[workspace]\nname = "Globex"\nslack_team_id = "T09"\ntimezone = "Europe/Paris"\n'
        '[[members]]\nslack_user_id = "U09ZOE"\nname = "Zoe Zero"\nemail = "zoe@example.com"\nrole = "viewer"\n'
    )
    with running("--workspace", str(file)) as (_, addresses):
        slack = WebClient(token=addresses["bot_token"], base_url=addresses["api_url"])
        assert slack.auth_test()["team_id"] == addresses["team_id"] == "T09"
        user = slack.users_info(user="U09ZOE")["user"]
        assert (user["name"], user["tz"]) == ("zoe", "Europe/Paris")
        assert "Globex" in httpx.get(addresses["url"]).text


@pytest.mark.parametrize(
    ("content", "reason"), [("[[members]]\nname = 'x'", "has no"), ("[", "workspace.toml"), (None, "No such file")]
)
def test_a_workspace_file_that_cannot_be_used_is_refused(tmp_path: Path, content: str | None, reason: str) -> None:
    file = tmp_path / "workspace.toml"
    if content is not None:
        file.write_text(content)
    with pytest.raises(Refused, match=reason):
        with_workspace(Config(), file)


def test_its_token_has_the_scopes_that_the_app_asks_for_and_no_more() -> None:
    assert set(Config().scopes) == SCOPES
