"""Which token a call goes by: the team's own, else that of the environment; and none where there is none."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from slack_sdk import WebClient

from core.db import transaction
from core.errors import DatabaseAway
from core.ids import UUID
from core.settings import settings
from core.teams import installations
from core.teams.tokens import Tokens
from jobs.slack import access, token_team
from jobs.slack.access import BY_ENVIRONMENT
from jobs.slack.trouble import SlackTrouble
from tests.core.teams.test_installations import install
from tests.fixtures.domain import Domain


@pytest.fixture(autouse=True)
def environment_token(domain: Domain, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("SLACK_API_URL", "http://127.0.0.1:9/")
    set_token(monkeypatch, "xoxb-environment")
    yield
    access.forget()
    token_team.forget()


def set_token(monkeypatch: pytest.MonkeyPatch, token: str) -> None:
    monkeypatch.setenv("SLACK_BOT_TOKEN", token)
    settings.cache_clear()
    access.forget()


def database_away(monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: object, **__: object) -> None:
        raise DatabaseAway("The database does not answer.")

    monkeypatch.setattr(installations, "held", away)


def time_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was read is not believed any more."""
    monkeypatch.setattr(access, "BELIEVED", 0.0)
    for key, (_, found) in list(access._read.items()):
        access._read[key] = (0.0, found)


def test_a_team_without_an_installation_goes_by_the_environment(domain: Domain) -> None:
    found = access.access(domain.workspace_id)
    assert (found.token, found.budget, found.workspace_id) == ("xoxb-environment", BY_ENVIRONMENT, None)
    assert "xoxb" not in repr(found)


def test_a_team_with_one_goes_by_its_own_and_has_its_own_budget(domain: Domain) -> None:
    other = install()
    for found in (access.access(other), access.access(team_id="T02OTHER")):
        assert (found.token, found.budget, found.workspace_id) == ("xoxb-first", str(other), other)
    assert access.access(domain.workspace_id).budget == BY_ENVIRONMENT


def test_a_team_that_uninstalled_goes_by_nothing_not_even_the_environment(domain: Domain) -> None:
    other = install()
    with transaction() as tx:
        installations.revoke(tx, "T02OTHER", "app_uninstalled", datetime.now(UTC))
    with pytest.raises(SlackTrouble, match="not_installed") as refused:
        access.access(other)
    assert refused.value.retry_after == access.AFTER_UNINSTALL


def test_without_any_token_it_is_not_installed(domain: Domain, monkeypatch: pytest.MonkeyPatch) -> None:
    set_token(monkeypatch, "")
    with pytest.raises(SlackTrouble, match="not_installed"):
        access.access(domain.workspace_id)


def test_a_token_that_ran_out_is_not_used(domain: Domain) -> None:
    other = install(tokens=Tokens("xoxe.xoxb-1", "xoxe-1", 43_200))
    domain.sql("UPDATE installations SET expires_at = now() - interval '1 second'")
    with pytest.raises(SlackTrouble, match="token_expired"):
        access.access(other)


def test_a_token_under_another_key_is_not_guessed(domain: Domain, monkeypatch: pytest.MonkeyPatch) -> None:
    other = install()
    monkeypatch.setenv("SECRET_KEY", "quite another one, of 32 characters or more")
    settings.cache_clear()
    with pytest.raises(SlackTrouble, match="token_sealed"):
        access.access(other)


def test_an_installation_is_read_once_in_some_seconds(domain: Domain, monkeypatch: pytest.MonkeyPatch) -> None:
    reads: list[UUID | None] = []
    real = installations.held

    def counting(tx: object, *, workspace_id: UUID | None = None, team_id: str | None = None) -> object:
        reads.append(workspace_id)
        return real(tx, workspace_id=workspace_id, team_id=team_id)  # type: ignore[arg-type]  # passed on as it came

    monkeypatch.setattr(installations, "held", counting)
    for _ in range(5):
        access.access(domain.workspace_id)
    assert reads == [domain.workspace_id]


def test_p5_with_postgres_away_a_window_still_opens(domain: Domain, monkeypatch: pytest.MonkeyPatch) -> None:
    """By what was read last, or by the environment's token where nothing was."""
    other = install()
    assert access.access(other).token == "xoxb-first"
    time_passes(monkeypatch)
    database_away(monkeypatch)
    assert access.access(other).token == "xoxb-first"
    assert access.access(domain.workspace_id).token == "xoxb-environment"
    set_token(monkeypatch, "")
    with pytest.raises(DatabaseAway):
        access.access(domain.workspace_id)


def slack_says(monkeypatch: pytest.MonkeyPatch, **said: object) -> list[str]:
    """What auth.test answers; returns the tokens that it was asked about."""
    asked: list[str] = []

    def auth_test(_client: WebClient, *, token: str) -> dict[str, object]:
        asked.append(token)
        return {"team_id": "T01TEST", "is_enterprise_install": False} | said

    monkeypatch.setattr(WebClient, "auth_test", auth_test)
    return asked


def test_a_team_declared_before_it_installs_does_not_go_by_the_token_of_another(
    domain: Domain, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There its members and channels would be unknown, and their cards given up."""
    slack_says(monkeypatch, team_id="T09ELSE")
    with pytest.raises(SlackTrouble, match="not_installed") as refused:
        access.access(domain.workspace_id)
    assert refused.value.retry_after == access.AFTER_UNINSTALL


def test_whose_the_token_is_slack_is_asked_once_and_only_by_jobs(
    domain: Domain, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = slack_says(monkeypatch)
    assert access.access(team_id="T01TEST").budget == BY_ENVIRONMENT
    assert asked == [], "a trigger is running out"
    for _ in range(3):
        assert access.access(domain.workspace_id).budget == BY_ENVIRONMENT
    assert asked == ["xoxb-environment"]


def test_a_token_of_a_whole_organisation_is_every_teams(domain: Domain, monkeypatch: pytest.MonkeyPatch) -> None:
    slack_says(monkeypatch, team_id="T09ELSE", is_enterprise_install=True)
    assert access.access(domain.workspace_id).budget == BY_ENVIRONMENT
