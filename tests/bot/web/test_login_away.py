"""Sign-in without a setting, without Slack or without the database: a plain page that says what is missing."""

import httpx
import pytest

from bot.app import create_app
from bot.sandbox.client import SandboxClient
from tests.bot.web.conftest import SESSION, WANTED, Acme, Environment, begin, come_back, sign_in
from tests.bot.web.serving import serving
from tests.fixtures.processes import free_port


@pytest.mark.parametrize(
    ("missing", "path"),
    [
        ("SLACK_CLIENT_ID", WANTED),
        ("SLACK_CLIENT_SECRET", WANTED),
        ("SECRET_KEY", WANTED),
        ("SLACK_CLIENT_ID", "/login"),
        ("SLACK_CLIENT_ID", "/auth/callback?code=1&state=2"),
    ],
)
def test_without_a_setting_the_pages_say_which_and_show_nothing(
    visitor: httpx.Client, acme: Acme, environment: Environment, missing: str, path: str
) -> None:
    sign_in(visitor, "U01ALICE")
    environment(**{missing: ""})
    answer = visitor.get(path)
    assert answer.status_code == httpx.codes.SERVICE_UNAVAILABLE
    assert missing in answer.text
    assert not answer.cookies


def test_slack_away_is_a_kind_page(visitor: httpx.Client, environment: Environment) -> None:
    environment(SLACK_OPENID_URL=f"http://127.0.0.1:{free_port()}")
    answer = visitor.get("/login")
    assert answer.status_code == httpx.codes.BAD_GATEWAY
    assert "Slack does not answer" in answer.text


def test_slack_away_between_going_and_coming_back_is_a_kind_page(
    visitor: httpx.Client, acme: Acme, environment: Environment
) -> None:
    url = come_back(visitor.get(begin(visitor)))
    environment(SLACK_OPENID_URL=f"http://127.0.0.1:{free_port()}")
    answer = visitor.get(url)
    assert answer.status_code == httpx.codes.BAD_GATEWAY
    assert SESSION not in answer.cookies


def test_a_wrong_client_secret_is_told_as_ours_to_put_right(
    visitor: httpx.Client, acme: Acme, environment: Environment
) -> None:
    environment(SLACK_CLIENT_SECRET="wrong")
    answer = sign_in(visitor, "U01ALICE")
    assert answer.status_code == httpx.codes.BAD_GATEWAY
    assert "does not accept this app" in answer.text


def test_an_issuer_that_names_another_is_not_believed(
    visitor: httpx.Client, environment: Environment, slack: SandboxClient
) -> None:
    environment(SLACK_OPENID_URL=slack.url.replace("127.0.0.1", "localhost"))
    answer = visitor.get("/login")
    assert answer.status_code == httpx.codes.BAD_GATEWAY
    assert "SLACK_OPENID_URL" in answer.text


def test_postgres_away_is_a_kind_page(environment: Environment, acme: Acme) -> None:
    from core.db import engine

    port = free_port()
    environment(PUBLIC_URL=f"http://127.0.0.1:{port}")
    with serving(create_app(), port) as url, httpx.Client(base_url=url, trust_env=False) as visitor:
        sign_in(visitor, "U01ALICE")
        engine().dispose()
        engine.cache_clear()
        environment(DATABASE_URL=f"postgresql://nobody@127.0.0.1:{free_port()}/nowhere")
        answer = visitor.get(WANTED)
        engine().dispose()
        engine.cache_clear()
    assert answer.status_code == httpx.codes.SERVICE_UNAVAILABLE
    assert "cannot reach its database" in answer.text
