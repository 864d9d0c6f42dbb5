"""The app goes into Slack teams and out again: each with its own token, and nothing lost in between."""

import re
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from core.actor import slack_user
from core.db import transaction
from core.drafts import review
from core.errors import DatabaseAway
from core.settings import settings
from core.teams import installations
from jobs.slack.methods import SCOPES
from jobs.sync_cards import sync
from tests.bot.slack.install_parts import ERIN, FAYE, House, house, rows
from tests.fixtures.full_stack import declare as declare_acme

__all__ = ["house"]

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
