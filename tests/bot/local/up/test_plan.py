"""What `up` starts, decided from the environment."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.local.up.plan import make_plan
from bot.local.up.ports import next_free
from core.errors import SignoffError
from tests.fixtures.processes import free_port


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        yield taken


def port_of(listener: socket.socket) -> int:
    port: int = listener.getsockname()[1]
    return port


def test_without_a_token_the_sandbox_stands_in_for_slack(tmp_path: Path) -> None:
    plan = make_plan(tmp_path, {"DATABASE_URL": "postgresql://db/x"})
    assert [program.name for program in plan.programs] == ["sandbox", "web", "worker", "clock"]
    assert plan.env["SLACK_BOT_TOKEN"] == "xoxb-sandbox"
    assert plan.env["SLACK_API_URL"] == f"{plan.sandbox}/api/"
    assert plan.env["PUBLIC_URL"] == plan.web
    assert f"{plan.web}/slack/events" in plan.programs[0].command
    assert plan.env["DATABASE_URL"] == "postgresql://db/x"


def test_secrets_stay_the_same_from_run_to_run(tmp_path: Path) -> None:
    first, second = make_plan(tmp_path, {}).env, make_plan(tmp_path, {}).env
    names = ("SECRET_KEY", "SLACK_SIGNING_SECRET", "SLACK_CLIENT_SECRET")
    assert [first[name] for name in names] == [second[name] for name in names]
    assert len({first[name] for name in names}) == 3


def test_with_a_token_it_is_real_slack_and_nothing_of_the_sandbox(tmp_path: Path) -> None:
    token = {"SLACK_BOT_TOKEN": "xoxb-real", "SLACK_SIGNING_SECRET": "s"}
    plan = make_plan(tmp_path, token)
    assert [program.name for program in plan.programs] == ["web", "worker", "clock"]
    assert plan.sandbox == ""
    assert {name: value for name, value in plan.env.items() if name.startswith(("SLACK", "SMTP"))} == token


def test_a_token_without_its_signing_secret_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SignoffError, match="SLACK_SIGNING_SECRET is not"):
        make_plan(tmp_path, {"SLACK_BOT_TOKEN": "xoxb-real"})


def test_an_app_that_teams_install_by_themselves_is_real_slack_too(tmp_path: Path) -> None:
    app = {"SLACK_CLIENT_ID": "1.2", "SLACK_CLIENT_SECRET": "c", "SLACK_SIGNING_SECRET": "s"}
    plan = make_plan(tmp_path, app)
    assert [program.name for program in plan.programs] == ["web", "worker", "clock"]
    assert "SLACK_BOT_TOKEN" not in plan.env
    for name in app:
        assert make_plan(tmp_path, {key: value for key, value in app.items() if key != name}).sandbox


def test_with_an_app_token_slack_is_heard_through_a_socket(tmp_path: Path) -> None:
    plan = make_plan(tmp_path, {"SLACK_BOT_TOKEN": "xoxb-real", "SLACK_APP_TOKEN": "xapp-real"})
    assert [program.name for program in plan.programs] == ["web", "worker", "clock", "socket"]
    assert plan.sandbox == ""


def test_a_port_that_a_person_set_is_theirs_or_refused(tmp_path: Path, listener: socket.socket) -> None:
    port = free_port()
    assert make_plan(tmp_path, {"PORT": str(port)}).web == f"http://127.0.0.1:{port}"
    with pytest.raises(SignoffError, match="something else listens there"):
        make_plan(tmp_path, {"PORT": str(port_of(listener))})
    with pytest.raises(SignoffError, match="a number from 1 to 65535"):
        make_plan(tmp_path, {"PORT": "http"})


def test_a_usual_port_that_is_taken_gives_way_to_the_next(listener: socket.socket) -> None:
    taken = port_of(listener)
    assert next_free(taken, taken=set()) > taken
    free = free_port()
    assert next_free(free, taken={free}) > free


def test_all_addresses_are_shown_as_this_machine(tmp_path: Path) -> None:
    plan = make_plan(tmp_path, {"HOST": "0.0.0.0"})
    assert plan.web.startswith("http://127.0.0.1:")
    assert plan.env["HOST"] == "0.0.0.0"
