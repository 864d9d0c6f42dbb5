"""Sign in with Slack, against the sandbox's OpenID Connect over real sockets."""

from datetime import UTC, datetime, timedelta
from http.cookies import SimpleCookie
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import sqlalchemy as sa
import time_machine
from starlette.responses import Response

from bot.web import session
from core import models
from core.db import transaction
from core.ids import new_id
from core.settings import settings
from tests.bot.web.conftest import SESSION, Acme, Environment, begin, come_back, deactivate, sign_in


def cookie_of(response: httpx.Response, name: str) -> "SimpleCookie":
    """The Set-Cookie of this name, parsed."""
    parsed = SimpleCookie()
    for header in response.headers.get_list("set-cookie"):
        if header.startswith(name):
            parsed.load(header)
    return parsed


def query(url: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}


def test_signing_in_leads_back_to_the_page_that_was_wanted(visitor: httpx.Client, acme: Acme) -> None:
    wanted = f"/drafts/{acme.draft()}"
    deep_link = visitor.get(wanted)
    assert deep_link.status_code == httpx.codes.SEE_OTHER
    to_slack = visitor.get(deep_link.headers["location"])
    chosen = visitor.get(f"{to_slack.headers['location']}&sandbox_member=U01ALICE")
    back = visitor.get(come_back(chosen))
    assert (back.status_code, back.headers["location"]) == (httpx.codes.SEE_OTHER, wanted)
    assert visitor.get(wanted).status_code == httpx.codes.OK


def test_slack_is_asked_for_nothing_but_who_they_are(visitor: httpx.Client) -> None:
    asked = query(begin(visitor))
    assert asked["scope"] == "openid"
    assert asked["response_type"] == "code"
    assert asked["redirect_uri"] == f"{settings().public_url}/auth/callback"
    assert len(asked["state"]) >= 32
    assert len(asked["nonce"]) >= 32


def test_every_sign_in_has_its_own_state_and_nonce(visitor: httpx.Client) -> None:
    first, second = query(begin(visitor)), query(begin(visitor))
    assert first["state"] != second["state"]
    assert first["nonce"] != second["nonce"]


def test_two_tabs_may_sign_in_at_once(visitor: httpx.Client, acme: Acme) -> None:
    first, second = begin(visitor, "/drafts/1"), begin(visitor, "/drafts/2")
    answers = [visitor.get(come_back(visitor.get(url))) for url in (first, second)]
    assert [answer.headers["location"] for answer in answers] == ["/drafts/1", "/drafts/2"]


def test_the_session_cookie_is_out_of_reach_of_scripts_and_other_sites(visitor: httpx.Client, acme: Acme) -> None:
    cookie = cookie_of(sign_in(visitor, "U01ALICE"), SESSION)[SESSION]
    assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "lax", "/")
    assert cookie["max-age"] == str(12 * 3600)
    assert cookie["domain"] == ""
    assert cookie["secure"] == ""


def test_the_login_cookie_is_short_lived_and_goes_to_the_callback_only(visitor: httpx.Client) -> None:
    response = visitor.get("/login")
    (cookie,) = cookie_of(response, "signoff_login_").values()
    assert (cookie["httponly"], cookie["samesite"]) == (True, "lax")
    assert (cookie["path"], cookie["max-age"]) == ("/auth/callback", "600")


def test_on_https_cookies_are_secure_and_tied_to_the_host(environment: Environment, acme: Acme) -> None:
    environment(PUBLIC_URL="https://signoff.example")
    response = Response()
    session.begin(response, new_id(), "T01TEST")
    session.remember_login(response, "state", {})
    cookies = SimpleCookie()
    for name, value in response.raw_headers:
        if name == b"set-cookie":
            cookies.load(value.decode())
    assert "__Host-signoff_session" in cookies
    assert all(cookie["secure"] for cookie in cookies.values())


def test_a_callback_without_a_sign_in_of_this_browser_is_refused(visitor: httpx.Client, acme: Acme) -> None:
    url = come_back(visitor.get(begin(visitor)))
    visitor.cookies.clear()
    answer = visitor.get(url)
    assert answer.status_code == httpx.codes.BAD_REQUEST
    assert SESSION not in answer.cookies


def test_a_callback_with_another_state_is_refused(visitor: httpx.Client, acme: Acme) -> None:
    parts = query(come_back(visitor.get(begin(visitor))))
    answer = visitor.get("/auth/callback", params={**parts, "state": "x" * 32})
    assert answer.status_code == httpx.codes.BAD_REQUEST
    assert SESSION not in answer.cookies


def test_a_code_of_one_sign_in_does_not_do_for_another(visitor: httpx.Client, acme: Acme) -> None:
    """Somebody else's code in my browser: the state is mine, the nonce in the token is not."""
    theirs = query(come_back(visitor.get(begin(visitor, member="U03CAROL"))))
    mine = query(begin(visitor))
    answer = visitor.get("/auth/callback", params={"code": theirs["code"], "state": mine["state"]})
    assert answer.status_code == httpx.codes.BAD_REQUEST
    assert "could not be verified" in answer.text
    assert SESSION not in answer.cookies


def test_a_changed_nonce_is_refused(visitor: httpx.Client, acme: Acme) -> None:
    url = begin(visitor)
    parts = query(url) | {"nonce": "another", "sandbox_member": "U01ALICE"}
    back = visitor.get(f"{url.partition('?')[0]}?{urlencode(parts)}")
    answer = visitor.get(come_back(back))
    assert answer.status_code == httpx.codes.BAD_REQUEST
    assert SESSION not in answer.cookies


def test_a_callback_does_its_work_once(visitor: httpx.Client, acme: Acme) -> None:
    url = come_back(visitor.get(begin(visitor)))
    assert visitor.get(url).status_code == httpx.codes.SEE_OTHER
    assert [cookie.name for cookie in visitor.cookies.jar] == [SESSION]
    assert visitor.get(url).status_code == httpx.codes.BAD_REQUEST


def test_slack_takes_a_code_once_even_if_the_login_cookie_was_kept(visitor: httpx.Client, acme: Acme) -> None:
    url = come_back(visitor.get(begin(visitor)))
    kept = dict(visitor.cookies)
    assert visitor.get(url).status_code == httpx.codes.SEE_OTHER
    visitor.cookies.clear()
    for name, value in kept.items():
        visitor.cookies.set(name, value)
    answer = visitor.get(url)
    assert answer.status_code == httpx.codes.BAD_REQUEST
    assert "no longer accepts this sign-in" in answer.text


def test_a_login_older_than_ten_minutes_is_refused(visitor: httpx.Client, acme: Acme) -> None:
    url = come_back(visitor.get(begin(visitor)))
    kept = dict(visitor.cookies)
    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=11), tick=True):
        answer = visitor.get(url, headers={"cookie": "; ".join(f"{name}={value}" for name, value in kept.items())})
    assert answer.status_code == httpx.codes.BAD_REQUEST


def test_somebody_who_declines_at_slack_is_told_so(visitor: httpx.Client, acme: Acme) -> None:
    answer = visitor.get(come_back(visitor.get(begin(visitor, member="deny"))))
    assert answer.status_code == httpx.codes.FORBIDDEN
    assert "declined" in answer.text


def test_a_stranger_is_told_kindly_and_not_signed_in(visitor: httpx.Client, database: str) -> None:
    answer = sign_in(visitor, "U01ALICE")  # of a workspace that nobody declared
    assert answer.status_code == httpx.codes.FORBIDDEN
    assert "Ask an admin" in answer.text
    assert SESSION not in answer.cookies


def test_somebody_of_another_team_is_a_stranger(visitor: httpx.Client, acme: Acme) -> None:
    """The same user id in another Slack team is another person."""
    with transaction() as tx:
        tx.execute(sa.update(models.Workspace).values(slack_team_id="T02OTHER"))
    answer = sign_in(visitor, "U01ALICE")
    assert answer.status_code == httpx.codes.FORBIDDEN
    assert SESSION not in answer.cookies


def test_a_deactivated_member_cannot_sign_in(visitor: httpx.Client, acme: Acme) -> None:
    deactivate("U01ALICE")
    assert sign_in(visitor, "U01ALICE").status_code == httpx.codes.FORBIDDEN


def test_a_login_of_one_state_does_not_do_for_another(visitor: httpx.Client, acme: Acme) -> None:
    """Whoever can plant a cookie can name it as they like: what counts is the state inside."""
    mine, theirs = (query(come_back(visitor.get(begin(visitor)))) for _ in range(2))
    names = {state: session._trip_name(session.LOGIN, state) for state in (mine["state"], theirs["state"])}
    planted = {names[mine["state"]]: visitor.cookies[names[theirs["state"]]]}
    visitor.cookies.clear()
    cookie = "; ".join(f"{name}={value}" for name, value in planted.items())
    answer = visitor.get("/auth/callback", params=mine, headers={"cookie": cookie})
    assert answer.status_code == httpx.codes.BAD_REQUEST
    assert "started in another browser" in answer.text
