"""Installing by OAuth v2: codes, tokens, rotation, the end of a token, and more than one team."""

import json
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.sandbox.client import Mistake, SandboxClient
from tests.bot.sandbox.conftest import AppUnderTest, Json, card
from tests.fixtures.waiting import wait_until

REDIRECT = "http://127.0.0.1:8000/slack/oauth_redirect"
SCOPES = "chat:write,im:write,commands"


@pytest.fixture
def globex(sandbox: SandboxClient) -> str:
    people = [{"id": "U11GINA", "name": "Gina Globex"}, {"id": "U12GUS", "name": "Gus Globex"}]
    sandbox.add_team("T02GLOBEX", "Globex", people, [{"id": "C11GLOBEX", "name": "globex"}])
    return "T02GLOBEX"


@pytest.fixture
def client(sandbox: SandboxClient, addresses: Json) -> WebClient:
    """Calls without a token."""
    return WebClient(base_url=addresses["api_url"])


def page(addresses: Json, **more: str) -> str:
    asked = {"client_id": addresses["client_id"], "scope": SCOPES, "redirect_uri": REDIRECT, "state": "the state"}
    return f"{addresses['url']}/oauth/v2/authorize?{urlencode(asked | more)}"


def back(location: str) -> dict[str, str]:
    assert location.startswith(REDIRECT)
    return {key: value[0] for key, value in parse_qs(urlsplit(location).query).items()}


def code_for(sandbox: SandboxClient, addresses: Json, member: str = "U11GINA") -> str:
    return back(sandbox.allow(page(addresses), member))["code"]


def exchange(client: WebClient, addresses: Json, code: str, **more: str) -> Json:
    asked = {"client_id": addresses["client_id"], "client_secret": addresses["client_secret"]}
    answer = client.oauth_v2_access(**asked | {"code": code, "redirect_uri": REDIRECT} | more)
    assert isinstance(answer.data, dict)
    return answer.data


def refresh(client: WebClient, addresses: Json, token: str) -> Json:
    asked = {"client_id": addresses["client_id"], "client_secret": addresses["client_secret"]}
    answer = client.oauth_v2_access(**asked, grant_type="refresh_token", refresh_token=token)
    assert isinstance(answer.data, dict)
    return answer.data


def error_of(token: str, client: WebClient) -> str | None:
    try:
        client.auth_test(token=token)
    except SlackApiError as error:
        return str(error.response["error"])
    return None


def test_the_whole_way_ends_in_a_token_of_that_team(
    sandbox: SandboxClient, addresses: Json, client: WebClient, globex: str
) -> None:
    answer = back(sandbox.allow(page(addresses), "U11GINA"))
    assert answer["state"] == "the state"
    granted = exchange(client, addresses, answer["code"])
    assert granted["team"] == {"id": globex, "name": "Globex"}
    assert (granted["authed_user"], granted["token_type"]) == ({"id": "U11GINA"}, "bot")
    assert set(granted["scope"].split(",")) == set(SCOPES.split(","))
    assert "refresh_token" not in granted
    slack = WebClient(token=granted["access_token"], base_url=addresses["api_url"])
    me = slack.auth_test()
    assert (me["team_id"], me["team"], me["user_id"]) == (globex, "Globex", granted["bot_user_id"])
    slack.chat_postMessage(channel="U11GINA", text="Hello Globex")
    assert sandbox.messages("U11GINA")[0]["team"] == globex


def test_a_code_works_once_and_for_ten_minutes(
    sandbox: SandboxClient, addresses: Json, client: WebClient, globex: str
) -> None:
    code = code_for(sandbox, addresses)
    assert exchange(client, addresses, code)["ok"]
    with pytest.raises(SlackApiError, match="code_already_used"):
        exchange(client, addresses, code)
    late = code_for(sandbox, addresses)
    sandbox.advance(601)
    with pytest.raises(SlackApiError, match="invalid_code"):
        exchange(client, addresses, late)


@pytest.mark.parametrize(
    ("wrong", "expected"),
    [
        ({"client_secret": "guess"}, "bad_client_secret"),
        ({"client_id": "1.2"}, "invalid_client_id"),
        ({"redirect_uri": f"{REDIRECT}/elsewhere"}, "bad_redirect_uri"),
        ({"code": "1.guess"}, "invalid_code"),
        ({"grant_type": "password"}, "invalid_grant_type"),
    ],
)
def test_a_wrong_exchange_is_refused_and_spends_nothing(
    sandbox: SandboxClient, addresses: Json, client: WebClient, wrong: dict[str, str], expected: str
) -> None:
    code = code_for(sandbox, addresses, "U01ALICE")
    form = {
        "client_id": addresses["client_id"],
        "client_secret": addresses["client_secret"],
        "code": code,
        "redirect_uri": REDIRECT,
    }
    answer = httpx.post(f"{addresses['api_url']}oauth.v2.access", data=form | wrong).json()
    assert answer == {"ok": False, "error": expected}
    assert exchange(client, addresses, code)["ok"]


def test_a_code_of_a_sign_in_installs_nothing(sandbox: SandboxClient, addresses: Json, client: WebClient) -> None:
    asked = {"response_type": "code", "scope": "openid", "redirect_uri": REDIRECT, "client_id": addresses["client_id"]}
    sign_in = sandbox.allow(f"{addresses['url']}/openid/connect/authorize?{urlencode(asked)}", "U01ALICE")
    with pytest.raises(SlackApiError, match="invalid_code"):
        exchange(client, addresses, back(sign_in)["code"])


@pytest.mark.parametrize(
    ("wrong", "expected"),
    [
        ({"client_id": "1.2"}, "invalid_client_id"),
        ({"redirect_uri": "https://evil.example/callback"}, "bad_redirect_uri"),
        ({"scope": ""}, "no_scopes"),
        ({"scope": "chat:write,everything"}, "invalid_scope"),
    ],
)
def test_a_wrong_ask_never_redirects(
    sandbox: SandboxClient, addresses: Json, wrong: dict[str, str], expected: str
) -> None:
    with pytest.raises(Mistake, match=expected):
        sandbox.allow(page(addresses, **wrong), "U01ALICE")


def test_who_says_no_or_has_left_comes_back_without_a_code(sandbox: SandboxClient, addresses: Json) -> None:
    sandbox.deactivate("U02BOB")
    for member in ("deny", "U02BOB", "U99NOBODY"):
        assert back(sandbox.allow(page(addresses), member)) == {"error": "access_denied", "state": "the state"}


def test_the_page_shows_what_is_asked_for_and_escapes_it(sandbox: SandboxClient, addresses: Json, globex: str) -> None:
    shown = httpx.get(page(addresses, state='"><script>', team=globex)).text
    assert "Signoff asks for access to Globex" in shown
    assert "Gina Globex" in shown
    assert "Start direct messages with people" in shown
    assert "<script>" not in shown


def test_installing_again_gives_the_same_token_with_more_scopes(
    sandbox: SandboxClient, addresses: Json, client: WebClient, globex: str
) -> None:
    first = exchange(client, addresses, code_for(sandbox, addresses))
    more = back(sandbox.allow(page(addresses, scope="users:read"), "U12GUS"))["code"]
    second = exchange(client, addresses, more)
    assert second["access_token"] == first["access_token"]
    assert set(second["scope"].split(",")) == {*SCOPES.split(","), "users:read"}
    assert second["authed_user"]["id"] == "U12GUS"


def test_a_rotating_token_expires_and_its_refresh_token_works_once(
    sandbox: SandboxClient, addresses: Json, client: WebClient, globex: str
) -> None:
    sandbox.rotate_tokens()
    first = exchange(client, addresses, code_for(sandbox, addresses))
    assert (first["expires_in"], first["access_token"][:10]) == (43200, "xoxe.xoxb-")
    second = refresh(client, addresses, first["refresh_token"])
    assert second["access_token"] != first["access_token"]
    assert (second["team"]["id"], second["scope"]) == (globex, first["scope"])
    assert error_of(first["access_token"], client) is None, "the old one lives until it expires"
    with pytest.raises(SlackApiError, match="invalid_refresh_token"):
        refresh(client, addresses, first["refresh_token"])
    sandbox.advance(43201)
    assert error_of(second["access_token"], client) == "token_expired"
    assert error_of(refresh(client, addresses, second["refresh_token"])["access_token"], client) is None


def test_a_call_beyond_the_scopes_says_which_one_is_missing(
    sandbox: SandboxClient, slack: WebClient, addresses: Json
) -> None:
    sandbox.set_scopes("im:write,users:read")
    slack.conversations_open(users="U01ALICE")
    with pytest.raises(SlackApiError) as error:
        slack.chat_postMessage(channel="U01ALICE", text="x")
    response = error.value.response
    assert (response["error"], response["needed"], response["provided"]) == (
        "missing_scope",
        "chat:write",
        "im:write,users:read",
    )
    sandbox.set_scopes("im:history")
    slack.conversations_history(channel="D01ALICE")
    with pytest.raises(SlackApiError) as error:
        slack.conversations_history(channel="C01REVIEW")
    assert error.value.response["needed"] == "channels:history"


def events(app: AppUnderTest) -> list[tuple[str, str]]:
    bodies = [json.loads(body) for _, body in app.got]
    return sorted((body["event"]["type"], body["team_id"]) for body in bodies)


def test_taking_the_app_out_ends_its_tokens_and_tells_it(
    sandbox: SandboxClient, addresses: Json, client: WebClient, app: AppUnderTest, globex: str
) -> None:
    token = exchange(client, addresses, code_for(sandbox, addresses))["access_token"]
    assert all(one["ok"] for one in sandbox.uninstall(globex))
    assert events(app) == [("app_uninstalled", globex), ("tokens_revoked", globex)]
    assert error_of(token, client) == "account_inactive"
    assert sandbox.tokens(globex) == []
    assert error_of(addresses["bot_token"], client) is None, "another team is not concerned"
    again = exchange(client, addresses, code_for(sandbox, addresses))["access_token"]
    assert again != token
    assert error_of(again, client) is None


def test_the_app_can_take_itself_out(
    sandbox: SandboxClient, addresses: Json, client: WebClient, app: AppUnderTest, globex: str
) -> None:
    token = exchange(client, addresses, code_for(sandbox, addresses))["access_token"]
    secret = {"client_id": addresses["client_id"], "client_secret": addresses["client_secret"]}
    with pytest.raises(SlackApiError, match="bad_client_secret"):
        client.apps_uninstall(token=token, **secret | {"client_secret": "guess"})
    assert client.apps_uninstall(token=token, **secret)["ok"]
    wait_until(lambda: len(app.got) == 2, what="both events")
    assert events(app) == [("app_uninstalled", globex), ("tokens_revoked", globex)]


def test_a_revoked_token_is_said_to_be_so(
    sandbox: SandboxClient, addresses: Json, client: WebClient, app: AppUnderTest, globex: str
) -> None:
    granted = exchange(client, addresses, code_for(sandbox, addresses))
    token = granted["access_token"]
    assert client.auth_revoke(token=token, test=True)["revoked"] is False
    assert client.auth_revoke(token=token)["revoked"] is True
    assert error_of(token, client) == "token_revoked"
    wait_until(lambda: app.got, what="the event")
    event = json.loads(app.got[0][1])["event"]
    assert (event["type"], event["tokens"]) == ("tokens_revoked", {"oauth": [], "bot": [granted["bot_user_id"]]})


def test_teams_do_not_see_each_other(
    sandbox: SandboxClient, slack: WebClient, addresses: Json, client: WebClient, app: AppUnderTest, globex: str
) -> None:
    token = exchange(client, addresses, code_for(sandbox, addresses))["access_token"]
    sandbox.set_scopes("chat:write,im:write,users:read,users:read.email", globex)
    theirs = WebClient(token=token, base_url=addresses["api_url"])
    ts = slack.chat_postMessage(channel="U01ALICE", text="Acme's", blocks=card())["ts"]
    for channel in ("U01ALICE", "D01ALICE", "C01REVIEW", "#outreach-review"):
        with pytest.raises(SlackApiError, match="channel_not_found"):
            theirs.chat_postMessage(channel=channel, text="x")
    with pytest.raises(SlackApiError, match="channel_not_found"):
        theirs.chat_update(channel="D01ALICE", ts=ts, text="x")
    with pytest.raises(SlackApiError, match="user_not_found"):
        theirs.users_info(user="U01ALICE")
    with pytest.raises(SlackApiError, match="users_not_found"):
        theirs.users_lookupByEmail(email="alice@example.com")
    with pytest.raises(SlackApiError, match="user_not_found"):
        theirs.views_publish(user_id="U01ALICE", view={"type": "home", "blocks": []})
    assert [u["id"] for u in theirs.users_list()["members"][:-1]] == ["U11GINA", "U12GUS"]
    sandbox.click("U01ALICE", sandbox.messages("U01ALICE")[0], "approve_send")
    with pytest.raises(SlackApiError, match="invalid_trigger_id"):
        theirs.views_open(trigger_id=app.payload()["trigger_id"], view={**MODAL})


MODAL: Json = {"type": "modal", "title": {"type": "plain_text", "text": "x"}, "blocks": [{"type": "divider"}]}


def test_what_a_member_of_another_team_does_names_their_team(
    sandbox: SandboxClient, addresses: Json, client: WebClient, app: AppUnderTest, globex: str
) -> None:
    token = exchange(client, addresses, code_for(sandbox, addresses))["access_token"]
    client.chat_postMessage(token=token, channel="C11GLOBEX", text="x", blocks=card())
    sandbox.click("U11GINA", sandbox.messages("U11GINA", "C11GLOBEX")[0], "approve_send")
    payload = app.payload()
    assert payload["team"] == {"id": globex, "domain": "globex"}
    assert payload["user"]["team_id"] == payload["message"]["team"] == globex
    sandbox.command("U11GINA", "/outreach help")
    assert parse_qs(app.got[-1][1])["team_id"] == [globex]
    sandbox.event("app_home_opened", "U11GINA")
    body = json.loads(app.got[-1][1])
    assert (body["team_id"], body["authorizations"][0]["team_id"]) == (globex, globex)
    view = client.views_publish(token=token, user_id="U11GINA", view={"type": "home", "blocks": card()})["view"]
    assert (view["team_id"], view["app_installed_team_id"]) == (globex, globex)


def test_faults_meet_an_installation_too(
    sandbox: SandboxClient, addresses: Json, client: WebClient, globex: str
) -> None:
    code = code_for(sandbox, addresses)
    sandbox.fault("oauth.v2.access", "error", code="internal_error")
    with pytest.raises(SlackApiError, match="internal_error"):
        exchange(client, addresses, code)
    assert exchange(client, addresses, code)["ok"]
