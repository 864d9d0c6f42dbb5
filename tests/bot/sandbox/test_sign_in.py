"""Sign in with Slack: state, nonce, codes, redirects and secrets, with a client that checks all of it."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from bot.sandbox.client import SandboxClient
from bot.sandbox.codes import allowed
from tests.bot.sandbox.conftest import Json

REDIRECT = "http://127.0.0.1:8000/auth/callback"


def asked(addresses: Json, **more: str) -> dict[str, str]:
    return {
        "response_type": "code",
        "client_id": addresses["client_id"],
        "redirect_uri": REDIRECT,
        "scope": "openid profile email",
        "state": "the state",
        "nonce": "the nonce",
        "sandbox_member": "U01ALICE",
    } | more


def authorize(addresses: Json, **more: str) -> httpx.Response:
    return httpx.get(f"{addresses['openid_url']}/openid/connect/authorize", params=asked(addresses, **more))


def code_for(addresses: Json, **more: str) -> str:
    back = parse_qs(urlsplit(authorize(addresses, **more).headers["location"]).query)
    assert back["state"] == ["the state"]
    return back["code"][0]


def exchange(addresses: Json, good_code: str, **more: str) -> Json:
    form = {
        "grant_type": "authorization_code",
        "code": good_code,
        "redirect_uri": REDIRECT,
        "client_id": addresses["client_id"],
        "client_secret": addresses["client_secret"],
    } | more
    answer: Json = httpx.post(f"{addresses['api_url']}openid.connect.token", data=form).json()
    return answer


def test_the_whole_way_ends_in_a_signed_id_token(sandbox: SandboxClient, addresses: Json) -> None:
    discovered = httpx.get(f"{addresses['openid_url']}/.well-known/openid-configuration").json()
    granted = exchange(addresses, code_for(addresses))
    keys = KeySet.import_key_set(httpx.get(discovered["jwks_uri"]).json())
    claims: dict[str, Any] = jwt.decode(granted["id_token"], keys, algorithms=["RS256"]).claims
    assert claims["iss"] == discovered["issuer"]
    assert (claims["aud"], claims["nonce"], claims["sub"]) == (addresses["client_id"], "the nonce", "U01ALICE")
    assert (claims["https://slack.com/user_id"], claims["https://slack.com/team_id"]) == ("U01ALICE", "T01TEST")
    assert (claims["name"], claims["email"], claims["email_verified"]) == ("Alice Anderson", "alice@example.com", True)
    assert claims["exp"] > claims["iat"]
    about = httpx.get(
        discovered["userinfo_endpoint"], headers={"Authorization": f"Bearer {granted['access_token']}"}
    ).json()
    assert (about["ok"], about["https://slack.com/user_id"]) == (True, "U01ALICE")


def test_a_code_works_once(sandbox: SandboxClient, addresses: Json) -> None:
    code = code_for(addresses)
    assert exchange(addresses, code)["ok"]
    assert exchange(addresses, code)["error"] == "code_already_used"


def test_a_code_ends_after_ten_minutes(sandbox: SandboxClient, addresses: Json) -> None:
    code = code_for(addresses)
    sandbox.advance(601)
    assert exchange(addresses, code)["error"] == "invalid_code"


@pytest.mark.parametrize(
    ("wrong", "expected"),
    [
        ({"client_secret": "guess"}, "bad_client_secret"),
        ({"client_id": "1.2"}, "invalid_client_id"),
        ({"redirect_uri": "http://127.0.0.1:8000/elsewhere"}, "bad_redirect_uri"),
        ({"code": "1.guess"}, "invalid_code"),
        ({"grant_type": "password"}, "invalid_grant_type"),
    ],
)
def test_a_wrong_exchange_is_refused_and_spends_nothing(
    sandbox: SandboxClient, addresses: Json, wrong: dict[str, str], expected: str
) -> None:
    code = code_for(addresses)
    assert exchange(addresses, code, **wrong) == {"ok": False, "error": expected}
    assert exchange(addresses, code)["ok"]


def test_the_secret_may_come_as_basic_auth(sandbox: SandboxClient, addresses: Json) -> None:
    url = f"{addresses['api_url']}openid.connect.token"
    form = {"code": code_for(addresses), "redirect_uri": REDIRECT}
    login = (addresses["client_id"], addresses["client_secret"])
    assert httpx.post(url, data=form, auth=login).json()["ok"]
    assert httpx.post(url, data=form, headers={"Authorization": "Basic ?"}).json()["ok"] is False


@pytest.mark.parametrize(
    ("wrong", "expected"),
    [
        ({"client_id": "1.2"}, "invalid_client_id"),
        ({"redirect_uri": "https://evil.example/callback"}, "bad_redirect_uri"),
        ({"redirect_uri": ""}, "bad_redirect_uri"),
        ({"scope": "email"}, "invalid_scope"),
        ({"scope": "openid admin"}, "invalid_scope"),
    ],
)
def test_a_wrong_ask_never_redirects(
    sandbox: SandboxClient, addresses: Json, wrong: dict[str, str], expected: str
) -> None:
    answer = authorize(addresses, **wrong)
    assert answer.status_code == 400
    assert expected in answer.text


def test_a_person_who_says_no_or_has_left_comes_back_without_a_code(sandbox: SandboxClient, addresses: Json) -> None:
    sandbox.deactivate("U02BOB")
    for member in ("deny", "U02BOB"):
        back = parse_qs(urlsplit(authorize(addresses, sandbox_member=member).headers["location"]).query)
        assert back == {"error": ["access_denied"], "state": ["the state"]}


def test_the_page_lists_the_members_to_sign_in_as(sandbox: SandboxClient, addresses: Json) -> None:
    ask = asked(addresses, state='"><script>')
    del ask["sandbox_member"]
    page = httpx.get(f"{addresses['openid_url']}/openid/connect/authorize", params=ask)
    assert "Alice Anderson" in page.text
    assert "<script>" not in page.text


def test_the_claims_keep_to_the_scope(sandbox: SandboxClient, addresses: Json) -> None:
    granted = exchange(addresses, code_for(addresses, scope="openid"))
    headers = {"Authorization": f"Bearer {granted['access_token']}"}
    about = httpx.get(f"{addresses['api_url']}openid.connect.userInfo", headers=headers).json()
    assert "email" not in about
    assert "name" not in about
    assert httpx.get(f"{addresses['api_url']}openid.connect.userInfo").json()["error"] == "not_authed"


@pytest.mark.parametrize(
    ("uri", "redirect", "expected"),
    [
        ("https://app.example/auth", "https://app.example/auth/callback", True),
        ("https://app.example/auth", "https://app.example/authority", False),
        ("https://app.example/auth", "http://app.example/auth", False),
        ("https://app.example", "https://app.example.evil.example/", False),
        ("http://127.0.0.1", "http://127.0.0.1:4321/callback", True),
        ("https://app.example", "https://app.example:4321/", False),
    ],
)
def test_a_redirect_must_lie_under_an_allowed_one(uri: str, redirect: str, expected: bool) -> None:
    assert allowed((uri,), redirect) is expected
