"""The app goes into Slack teams and out again: each with its own token, and nothing lost in between."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
import sqlalchemy as sa
from starlette.applications import Starlette

from bot.sandbox.client import Json, SandboxClient
from bot.slack import endpoint, install
from core import declare
from core.actor import Actor, slack_user
from core.db import transaction
from core.drafts import review
from core.drafts.ingest import DraftIn, ingest
from core.errors import DatabaseAway
from core.ids import UUID
from core.settings import settings
from core.taxonomy import Surface
from core.teams import installations
from jobs import renew_tokens
from jobs.slack import access
from jobs.slack.client import SlackTrouble, call
from jobs.slack.methods import SCOPES
from jobs.sync_cards import sync
from tests.bot.web.serving import serving
from tests.fixtures.domain_with_slack import shows
from tests.fixtures.full_stack import declare as declare_acme
from tests.fixtures.processes import free_port

ERIN, FAYE = "U09ERIN", "U10FAYE"
OTHER = """
[workspace]
name = "Other Ltd"
slack_team_id = "T02OTHER"
timezone = "Europe/Berlin"
[[members]]
slack_user_id = "U09ERIN"
name = "Erin Ebert"
role = "owner"
[[accounts]]
address = "olga@example.net"
name = "Olga"
smtp_url = "smtp://127.0.0.1:9"
timezone = "Europe/Berlin"
[[campaigns]]
slug = "launch"
name = "Spring launch"
offer = "spring"
account = "olga@example.net"
mode = "review"
reviewers = ["U09ERIN"]
"""


@dataclass
class House:
    """Signoff without a token of its own, known to Slack by its client id; and a browser that looks at it."""

    url: str
    slack: SandboxClient
    browser: httpx.Client

    def begin(self) -> str:
        """What `/slack/install` leads to."""
        asked = self.browser.get("/slack/install")
        assert asked.status_code == 303, asked.text
        return str(asked.headers["location"])

    def come_back(self, address: str) -> httpx.Response:
        back = urlsplit(address)
        return self.browser.get(f"{back.path}?{back.query}")

    def install(self, member: str) -> httpx.Response:
        """This member installs the app into their team; the page that they end on."""
        return self.come_back(self.slack.allow(self.begin(), member))

    def declare_other(self) -> UUID:
        with transaction() as tx:
            return declare.apply(tx, declare.read(OTHER.encode(), {}), Actor(Surface.CLI)).workspace_id

    def draft(self, workspace_id: UUID, key: str = "key-1") -> UUID:
        line = {"key": key, "campaign": "launch", "to": {"email": f"{key}@example.org", "first_name": "Dana"}}
        line |= {"subject": "Hello", "body": "Hi Dana,\n\nshall we talk?\n\nSam"}
        with transaction() as tx:
            draft = DraftIn.model_validate(line)
            return ingest(tx, workspace_id, draft, Actor(Surface.API, workspace_id)).draft_id

    def cards(self, member: str, draft: UUID) -> list[Json]:
        return [message for message in self.slack.messages(member) if shows(message, draft)]


@pytest.fixture
def house(slack_env: SandboxClient, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    addresses, port = slack_env.addresses(), free_port()
    for name, value in {
        "SLACK_BOT_TOKEN": "",
        "SLACK_CLIENT_ID": addresses["client_id"],
        "SLACK_CLIENT_SECRET": addresses["client_secret"],
        "SLACK_OPENID_URL": addresses["openid_url"],
        "PUBLIC_URL": f"http://127.0.0.1:{port}",
    }.items():
        monkeypatch.setenv(name, value)
    settings.cache_clear()
    slack_env.add_team("T02OTHER", "Other Ltd", [{"id": ERIN, "name": "Erin Ebert"}, {"id": FAYE, "name": "Faye Fox"}])
    app = Starlette(routes=[*endpoint.routes, *install.routes])
    with serving(app, port) as url, httpx.Client(base_url=url, trust_env=False) as browser:
        slack_env.point_at(f"{url}/slack/events")
        yield House(url, slack_env, browser)
    settings.cache_clear()


def rows(statement: str) -> list[Any]:
    with transaction() as tx:
        return [tuple(row) for row in tx.execute(sa.text(statement))]


# --- the way there ---


def test_a_person_sees_the_least_scopes_and_installs_the_app_for_their_team(house: House) -> None:
    there = urlsplit(house.begin())
    asked = {name: value for name, (value,) in parse_qs(there.query).items()}
    assert set(asked["scope"].split(",")) == SCOPES
    assert "user_scope" not in asked

    page = house.install(ERIN)
    assert page.status_code == 200
    assert "Signoff is in Other Ltd" in page.text
    assert "T02OTHER" in page.text
    assert rows("SELECT name, slack_team_id FROM workspaces") == [("Other Ltd", "T02OTHER")]
    assert rows("SELECT slack_user_id, name, role FROM members") == [(ERIN, "Erin Ebert", "owner")]
    assert rows("SELECT verb FROM message_events") == [("install",)]


def test_who_says_no_has_installed_nothing(house: House) -> None:
    page = house.install("deny")
    assert page.status_code == 403
    assert "declined" in page.text
    assert rows("SELECT count(*) FROM installations") == [(0,)]


def test_the_way_is_tied_to_the_browser_and_good_once(house: House) -> None:
    back = urlsplit(house.slack.allow(house.begin(), ERIN))
    address = f"{back.path}?{back.query}"
    with httpx.Client(base_url=house.url, trust_env=False) as another:
        assert another.get(address).status_code == 400
    cookies = dict(house.browser.cookies)
    assert house.browser.get(address).status_code == 200
    assert house.browser.get(address).status_code == 400, "the cookie is gone"
    # Somebody who kept the cookie, and has a fresh code of Slack's.
    code = parse_qs(urlsplit(house.slack.allow(house.begin(), FAYE)).query)["code"][0]
    state = parse_qs(back.query)["state"][0]
    with httpx.Client(base_url=house.url, trust_env=False, cookies=cookies) as another:
        replayed = another.get("/slack/oauth_redirect", params={"code": code, "state": state})
    assert replayed.status_code == 400
    assert "done already" in replayed.text
    assert rows("SELECT count(*) FROM message_events WHERE verb = 'install'") == [(1,)]


@pytest.mark.parametrize(
    "query", ["", "?code=x", "?state=x", "?code=x&state=x", "?error=access_denied", "?code=x&state=" + "a" * 5000]
)
def test_garbage_gets_a_plain_page_and_slack_is_not_asked(house: House, query: str) -> None:
    before = len(house.slack.calls())
    answer = httpx.get(f"{house.url}/slack/oauth_redirect{query}", trust_env=False)
    assert answer.status_code == 400
    assert "Nothing was installed" in answer.text
    assert len(house.slack.calls()) == before


def test_a_made_up_code_installs_nothing(house: House) -> None:
    state = parse_qs(urlsplit(house.begin()).query)["state"][0]
    answer = house.browser.get("/slack/oauth_redirect", params={"code": "made-up", "state": state})
    assert answer.status_code == 400
    assert rows("SELECT count(*) FROM workspaces") == [(0,)]


def test_with_slack_away_or_another_secret_the_page_says_what_to_do(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.slack.fault("oauth.v2.access", "status", status=503)
    page = house.install(ERIN)
    assert (page.status_code, "Slack does not answer" in page.text) == (502, True)
    monkeypatch.setenv("SLACK_CLIENT_SECRET", "another")
    settings.cache_clear()
    page = house.install(ERIN)
    assert (page.status_code, "SLACK_CLIENT_SECRET" in page.text) == (502, True)
    assert rows("SELECT count(*) FROM installations") == [(0,)]


@pytest.mark.parametrize("name", ["SLACK_CLIENT_ID", "SLACK_CLIENT_SECRET", "SECRET_KEY"])
def test_without_its_settings_the_page_names_them(house: House, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, "")
    settings.cache_clear()
    for path in ("/slack/install", "/slack/oauth_redirect?code=x&state=y"):
        answer = house.browser.get(path)
        assert answer.status_code == 503
        assert name in answer.text


def test_the_redirect_goes_to_slack_and_nowhere_else(house: House) -> None:
    answer = house.browser.get("/slack/install?redirect_uri=https://evil.example&next=//evil.example")
    assert answer.headers["location"].startswith(f"{settings().slack_openid_url}/oauth/v2/authorize?")
    assert "evil" not in answer.headers["location"]
    assert re.search(r"signoff_install_\w+=.*HttpOnly.*Path=/slack/oauth_redirect", answer.headers["set-cookie"])


# --- two teams ---


def test_two_teams_live_side_by_side_and_one_that_leaves_loses_nothing(house: House) -> None:
    acme = declare_acme("smtp://127.0.0.1:9")[0]
    house.install("U01ALICE")
    house.install(ERIN)
    other = house.declare_other()
    ours, theirs = house.draft(acme), house.draft(other)
    assert sync(ours)
    assert sync(theirs)
    assert len(house.cards("U01ALICE", ours)) == len(house.cards(ERIN, theirs)) == 1

    # Other Ltd takes the app out: its new cards wait, and Acme notices nothing.
    assert all(told["status"] == 200 for told in house.slack.uninstall("T02OTHER"))
    assert rows("SELECT slack_team_id FROM installations WHERE revoked_at IS NOT NULL") == [("T02OTHER",)]
    later = house.draft(other, "key-2")
    calls = len(house.slack.calls())
    assert not sync(later)
    assert len(house.slack.calls()) == calls, "a team that left is not called"
    assert rows("SELECT count(*) FROM cards WHERE gone_reason IS NOT NULL") == [(0,)]
    with transaction() as tx:
        review.approve(tx, ours, 1, slack_user(tx, "T01TEST", "U01ALICE"))
    assert sync(ours)
    assert rows("SELECT count(*) FROM message_events WHERE verb = 'uninstall'") == [(1,)]

    # And takes it back in: what waited is there.
    house.install(FAYE)
    assert rows(f"SELECT sync_after <= now() FROM drafts WHERE id = '{later}'") == [(True,)]
    assert sync(later)
    assert len(house.cards(ERIN, later)) == 1
    assert rows(
        "SELECT slack_user_id FROM members JOIN workspaces w ON w.id = workspace_id WHERE w.name = 'Other Ltd'"
    ) == [(ERIN,)], "whoever installs it again gets no role by that"


def test_a_click_in_one_team_opens_its_window_by_its_own_token(house: House) -> None:
    declare_acme("smtp://127.0.0.1:9")
    house.install("U01ALICE")
    house.install(ERIN)
    draft = house.draft(house.declare_other())
    sync(draft)
    (card,) = house.cards(ERIN, draft)
    assert house.slack.click(ERIN, card, "edit_draft").status == 200
    assert house.slack.views(ERIN)
    assert [call["error"] for call in house.slack.calls("views.open")] == [None]


def test_slack_is_told_again_when_nothing_could_be_recorded(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    house.install(ERIN)
    monkeypatch.setattr(installations, "revoke", _away)
    told = house.slack.event("x", event={"type": "app_uninstalled"}, team="T02OTHER")
    assert {one["status"] for one in told} == {503}


def _away(*_: object) -> None:
    raise DatabaseAway("The database does not answer.")


# --- people who leave ---


@pytest.mark.parametrize("kind", ["user_change", "team_join"])
def test_a_member_whom_slack_deactivates_gets_no_more_cards(house: House, kind: str) -> None:
    acme = declare_acme("smtp://127.0.0.1:9")[0]
    house.install("U01ALICE")
    house.slack.event("x", event={"type": kind, "user": {"id": "U01ALICE", "deleted": False}})
    assert rows("SELECT count(*) FROM members WHERE NOT active") == [(0,)]
    house.slack.event("x", event={"type": kind, "user": {"id": "U01ALICE", "deleted": True}})
    house.slack.event("x", event={"type": kind, "user": {"id": "U09NOBODY", "deleted": True}})
    assert rows("SELECT slack_user_id FROM members WHERE NOT active") == [("U01ALICE",)]
    draft = house.draft(acme)
    sync(draft)
    assert house.cards("U01ALICE", draft) == []
    assert len(house.cards("U02BOB", draft)) == 1
    house.slack.event("x", event={"type": kind, "user": {"id": "U01ALICE", "deleted": False}})
    assert rows("SELECT count(*) FROM members WHERE NOT active") == [(0,)], "and one who is back is back"


# --- tokens that rotate ---


def test_a_token_that_rotates_is_renewed_and_the_old_one_gone(house: House) -> None:
    house.slack.rotate_tokens()
    house.install(ERIN)
    first = house.slack.tokens("T02OTHER")
    renew_tokens.renew_tokens()
    assert house.slack.tokens("T02OTHER") == first, "not before it is due"
    with transaction() as tx:
        tx.execute(sa.text("UPDATE installations SET expires_at = now() + interval '1 hour'"))
    renew_tokens.renew_tokens()
    access.forget()
    newest = house.slack.tokens("T02OTHER")[0]
    assert newest not in first
    assert access.access(team_id="T02OTHER").token == newest
    assert call("users.info", team_id="T02OTHER", user=ERIN)["ok"]


def test_a_renewal_that_slack_refuses_is_told_to_admins_and_not_tried_again_and_again(house: House) -> None:
    house.slack.rotate_tokens()
    house.install(ERIN)
    with transaction() as tx:
        tx.execute(sa.text("UPDATE installations SET expires_at = now() + interval '1 hour'"))
    house.slack.fault("oauth.v2.access", "error", code="invalid_refresh_token", times=5)
    for _ in range(3):
        renew_tokens.renew_tokens()
    assert len(house.slack.faults()) == 1
    assert house.slack.faults()[0]["times"] == 4
    assert rows("SELECT kind FROM alerts") == [("slack_permissions",)]


def test_a_renewal_that_slack_did_not_answer_is_tried_again_soon_and_nobody_is_alarmed(house: House) -> None:
    house.slack.rotate_tokens()
    house.install(ERIN)
    with transaction() as tx:
        tx.execute(sa.text("UPDATE installations SET expires_at = now() + interval '1 hour'"))
    house.slack.fault("oauth.v2.access", "status", status=503)
    renew_tokens.renew_tokens()
    assert rows("SELECT kind FROM alerts") == []
    assert rows("SELECT held_until BETWEEN now() AND now() + interval '2 minutes' FROM installations") == [(True,)]


# --- what Slack refuses ---


def test_a_lost_scope_is_told_to_admins_once_and_the_method_rests(house: House) -> None:
    house.install(ERIN)
    house.slack.set_scopes("chat:write", "T02OTHER")
    for _ in range(5):
        with pytest.raises(SlackTrouble, match="missing_scope"):
            call("users.info", team_id="T02OTHER", user=ERIN)
    assert len([one for one in house.slack.calls("users.info") if one["error"] == "missing_scope"]) == 1
    assert rows("SELECT kind FROM alerts") == [("slack_permissions",)]


def test_a_dead_token_is_tried_once_and_not_by_every_method(house: House) -> None:
    house.install(ERIN)
    house.slack.fault("*", "error", code="invalid_auth", times=10)
    for method in ("users.info", "views.publish", "users.info"):
        with pytest.raises(SlackTrouble, match="invalid_auth"):
            call(method, team_id="T02OTHER", **({"user": ERIN} if method == "users.info" else {"user_id": ERIN}))
    assert [one["error"] for one in house.slack.calls("views.publish")] == []
    house.slack.clear_faults()
    house.install(ERIN)
    assert call("users.info", team_id="T02OTHER", user=ERIN)["ok"], "a new installation is tried at once"


def test_without_any_token_nothing_is_called(house: House) -> None:
    acme = declare_acme("smtp://127.0.0.1:9")[0]
    draft = house.draft(acme)
    before = len(house.slack.calls())
    assert not sync(draft)
    assert len(house.slack.calls()) == before
    assert rows("SELECT sync_after > now() + interval '1 minute' FROM drafts") == [(True,)]


def test_a_token_of_the_environment_serves_who_installed_nothing(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    acme = declare_acme("smtp://127.0.0.1:9")[0]
    monkeypatch.setenv("SLACK_BOT_TOKEN", house.slack.addresses()["bot_token"])
    settings.cache_clear()
    house.install(ERIN)
    other = house.declare_other()
    ours, theirs = house.draft(acme), house.draft(other)
    assert sync(ours)
    assert sync(theirs)
    assert access.access(acme).budget == access.BY_ENVIRONMENT
    assert access.access(other).budget == str(other)
