"""Where Slack posts to, and what it is answered at: trailing slashes, organisations, and Slack for governments."""

from typing import Any

import httpx
import pytest

from bot import cli
from bot.app import create_app
from bot.slack import ephemeral
from bot.slack.payload import person, team_of
from core.settings import Settings, settings
from tests.bot.web.serving import serving
from tests.fixtures.domain_with_slack import ALICE, DomainWithSlack
from tests.fixtures.processes import free_port

# --- addresses ---


def test_a_slash_at_the_end_is_served_and_leads_nowhere_else(domain_with_slack: DomainWithSlack) -> None:
    draft = domain_with_slack.shown()
    signed = domain_with_slack.slack.signed_click(ALICE, domain_with_slack.card(ALICE, draft), "approve_send")
    answer = httpx.post(
        f"{domain_with_slack.door}/", content=signed.body.encode(), headers=signed.headers, trust_env=False
    )
    assert answer.status_code == 200
    assert domain_with_slack.rows("SELECT status FROM drafts") == [("approved",)]


def test_no_address_of_ours_is_answered_with_a_redirect_to_http(domain_with_slack: DomainWithSlack) -> None:
    port = free_port()
    with serving(create_app(), port) as url, httpx.Client(base_url=url, trust_env=False) as client:
        for path in ("/slack/events/", "/api/drafts/", "/slack/install/", "/healthz/", "/login/", "/drafts/"):
            for method in ("GET", "POST"):
                answer = client.request(method, path, headers={"X-Forwarded-Proto": "https"})
                assert "location" not in answer.headers, (method, path)
                assert answer.status_code in (401, 404, 405), (method, path)


# --- PUBLIC_URL ---


@pytest.mark.parametrize("command", ["web", "worker", "up"])
@pytest.mark.parametrize(
    "url",
    ["https://example.com/signoff", "https://example.com?x=1", "https://example.com/#a", "https://a:b@example.com"],
)
def test_a_public_url_with_more_than_a_host_is_refused_in_one_line(
    url: str, command: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PUBLIC_URL", url)
    settings.cache_clear()
    assert cli.run([command]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line == (
        "signoff: PUBLIC_URL in the environment must be scheme and host alone, such as https://signoff.example.com, "
        "with no path behind it."
    )
    settings.cache_clear()


@pytest.mark.parametrize(
    "url", ["https://example.com", "https://example.com/", "http://127.0.0.1:8080", "http://[::1]:80/"]
)
def test_a_host_alone_is_taken(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PUBLIC_URL", url)
    assert Settings().public_url == url.rstrip("/")


# --- response_url ---


@pytest.mark.parametrize(
    ("url", "written"),
    [
        ("https://hooks.slack.com/actions/T1/2/x", True),
        ("https://hooks.slack-gov.com/actions/T1/2/x", True),
        ("http://hooks.slack.com/actions/T1/2/x", False),
        ("https://hooks.slack.com.example.org/x", False),
        ("https://hooks-slack.com/x", False),
        ("https://slack-gov.com@example.org/x", False),
        ("https://[::1", False),
        ("", False),
    ],
)
def test_only_slacks_own_hosts_are_written_to(url: str, written: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[str] = []

    class Hook:
        def __init__(self, url: str, **_: object) -> None:
            self.url = url

        def send_dict(self, _payload: dict[str, Any]) -> httpx.Response:
            sent.append(self.url)
            return httpx.Response(200)

    monkeypatch.setattr(ephemeral, "WebhookClient", Hook)
    ephemeral.tell(url, "Read this.")
    assert sent == ([url] if written else [])


# --- organisations ---

USER = {"id": "U1", "team_id": "T2"}


@pytest.mark.parametrize(
    ("body", "team"),
    [
        ({"team": {"id": "T1", "enterprise_id": "E1"}, "user": USER, "enterprise": {"id": "E1"}}, "T1"),
        ({"team": None, "enterprise": {"id": "E1"}, "is_enterprise_install": True, "user": USER}, "T2"),
        ({"team": None, "view": {"app_installed_team_id": "T3", "team_id": "T4"}, "user": USER}, "T3"),
        ({"team": None, "view": {"app_installed_team_id": "E1", "team_id": "T4"}, "user": USER}, "T4"),
        ({"team": {"id": "E1"}, "user": {"id": "U1", "team_id": "E1"}}, ""),
        ({"team_id": "T5", "enterprise_id": "E1", "user_id": "U1"}, "T5"),
        ({"team": None, "user": None}, ""),
    ],
)
def test_in_an_organisation_the_team_is_found_and_the_organisation_is_none(body: dict[str, Any], team: str) -> None:
    assert team_of(body) == team
    assert person(body).team_id == team
