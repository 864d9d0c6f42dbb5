"""Sign in with Slack, against the sandbox's OpenID Connect over real sockets."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from http.cookies import SimpleCookie
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest
import sqlalchemy as sa
import time_machine
from starlette.responses import Response

from bot.app import create_app
from bot.sandbox.client import SandboxClient
from bot.web import session
from bot.web.login import own_path
from core import models
from core.db import transaction
from core.ids import new_id
from core.settings import settings
from tests.bot.web.conftest import Acme, begin, come_back, deactivate, sign_in
from tests.bot.web.serving import serving
from tests.fixtures.processes import free_port

SESSION, WANTED = "signoff_session", "/drafts/01890000-0000-7000-8000-000000000001"
Environment = Callable[..., None]


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
    assert "does not accept this sign-in any more" in answer.text


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


def test_a_member_who_is_deactivated_is_out_at_once(visitor: httpx.Client, acme: Acme) -> None:
    wanted = f"/drafts/{acme.draft()}"
    sign_in(visitor, "U01ALICE")
    assert visitor.get(wanted).status_code == httpx.codes.OK
    deactivate("U01ALICE")
    answer = visitor.get(wanted)
    assert answer.headers["location"].startswith("/login?next=")
    assert SESSION not in visitor.cookies


def test_a_session_is_good_for_one_slack_team(visitor: httpx.Client, acme: Acme) -> None:
    """A workspace that moves to another Slack team leaves the sign-ins of the old one behind."""
    wanted = f"/drafts/{acme.draft()}"
    sign_in(visitor, "U01ALICE")
    with transaction() as tx:
        tx.execute(sa.update(models.Workspace).values(slack_team_id="T02OTHER"))
    assert visitor.get(wanted).status_code == httpx.codes.SEE_OTHER


def test_a_session_ends_after_twelve_hours(visitor: httpx.Client, acme: Acme) -> None:
    wanted = f"/drafts/{acme.draft()}"
    sign_in(visitor, "U01ALICE")
    cookie = f"{SESSION}={visitor.cookies[SESSION]}"
    for hours, status in ((11, httpx.codes.OK), (13, httpx.codes.SEE_OTHER)):
        with time_machine.travel(datetime.now(UTC) + timedelta(hours=hours), tick=True):
            assert visitor.get(wanted, headers={"cookie": cookie}).status_code == status


@pytest.mark.parametrize(
    "forge",
    [
        # The last letter but one: two bits of the last say nothing, 27 letters of base64 carrying 20 bytes.
        lambda value: value[:-2] + ("A" if value[-2] != "A" else "B") + value[-1],
        lambda value: "x" + value,
        lambda value: value.rpartition(".")[0],
        lambda _: "e30.aaaa.bbbb",
        lambda _: "",
        lambda _: "\x80",
    ],
)
def test_a_tampered_session_is_no_session(visitor: httpx.Client, acme: Acme, forge: Callable[[str], str]) -> None:
    wanted = f"/drafts/{acme.draft()}"
    sign_in(visitor, "U01ALICE")
    cookie = f"{SESSION}={forge(visitor.cookies[SESSION])}".encode("latin-1")
    visitor.cookies.clear()
    answer = visitor.get(wanted, headers={b"cookie": cookie})
    assert answer.headers["location"].startswith("/login")


def test_a_login_of_one_state_does_not_do_for_another(visitor: httpx.Client, acme: Acme) -> None:
    """Whoever can plant a cookie can name it as they like: what counts is the state inside."""
    mine, theirs = (query(come_back(visitor.get(begin(visitor)))) for _ in range(2))
    names = {state: session._trip_name(session.LOGIN, state) for state in (mine["state"], theirs["state"])}
    planted = {names[mine["state"]]: visitor.cookies[names[theirs["state"]]]}
    visitor.cookies.clear()
    cookie = "; ".join(f"{name}={value}" for name, value in planted.items())
    answer = visitor.get("/auth/callback", params=mine, headers={"cookie": cookie})
    assert answer.status_code == httpx.codes.BAD_REQUEST
    assert "begun in another browser" in answer.text


def test_a_login_cookie_is_no_session(visitor: httpx.Client, acme: Acme) -> None:
    """Both are signed with SECRET_KEY; each only for its own purpose, whatever it says."""
    with transaction() as tx:
        member = tx.scalars(sa.select(models.Member.id).where(models.Member.slack_user_id == "U01ALICE")).one()
    response = Response()
    session.remember_login(response, "state", {"member": str(member), "team": "T01TEST"})
    value = response.headers["set-cookie"].partition("=")[2].partition(";")[0]
    answer = visitor.get(f"/drafts/{acme.draft()}", headers={"cookie": f"{SESSION}={value}"})
    assert answer.status_code == httpx.codes.SEE_OTHER


def test_a_session_of_another_key_is_no_session(visitor: httpx.Client, acme: Acme, environment: Environment) -> None:
    sign_in(visitor, "U01ALICE")
    wanted = f"/drafts/{acme.draft()}"
    environment(SECRET_KEY="another-secret-of-tests-0123456789abcdef")
    assert visitor.get(wanted).status_code == httpx.codes.SEE_OTHER


def test_somebody_signed_in_goes_straight_on(visitor: httpx.Client, acme: Acme) -> None:
    sign_in(visitor, "U01ALICE")
    assert visitor.get("/login", params={"next": WANTED}).headers["location"] == WANTED
    assert "As Alice Anderson, in Acme" in visitor.get("/login").text


EVIL = [
    "https://evil.example",
    "//evil.example",
    "///evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "/\t/evil.example",
    "/\n/evil.example",
    "\x00//evil.example",
    " //evil.example",
    "/drafts/../..//evil.example",
    "javascript:alert(1)",
    "/@evil.example\\",
    "drafts/1",
    "/drafts/1\r\nSet-Cookie: a=b",
    "/drafts/é",
    "/logout",
    "/login?next=/login",
    "/auth/callback?code=1",
    "/" + "a" * 600,
]


@pytest.mark.parametrize("wanted", EVIL)
def test_an_address_elsewhere_is_no_path_of_ours(wanted: str) -> None:
    assert own_path(wanted) == ""


def test_signing_in_never_leads_elsewhere(visitor: httpx.Client, acme: Acme) -> None:
    for wanted in EVIL:
        answer = sign_in(visitor, "U01ALICE", wanted)
        visitor.cookies.clear()
        assert answer.headers["location"] == "/login", wanted


@pytest.mark.parametrize("wanted", [WANTED, "/drafts/%D8%A3", "/activity?after=3&who=a", "/queue"])
def test_signing_in_leads_to_pages_of_ours(wanted: str) -> None:
    assert own_path(wanted) == wanted


def test_a_long_path_of_slashes_and_letters_is_judged_in_no_time() -> None:
    began = datetime.now(UTC)
    assert own_path("/" + "a" * 498 + "!") == ""
    assert datetime.now(UTC) - began < timedelta(seconds=1)


def test_signing_out_takes_the_button_of_the_page(visitor: httpx.Client, acme: Acme) -> None:
    wanted = f"/drafts/{acme.draft()}"
    sign_in(visitor, "U01ALICE")
    token = visitor.get(wanted).text.partition('name="token" value="')[2].partition('"')[0]
    answer = visitor.post("/logout", data={"token": token})
    assert answer.headers["location"] == "/signed-out"
    assert SESSION not in visitor.cookies
    assert visitor.get(wanted).status_code == httpx.codes.SEE_OTHER
    assert "You are signed out" in visitor.get("/signed-out").text


@pytest.mark.parametrize("data", [{}, {"token": ""}, {"token": "wrong"}, {"token": "é"}])
def test_another_site_cannot_sign_anybody_out(visitor: httpx.Client, acme: Acme, data: dict[str, str]) -> None:
    sign_in(visitor, "U01ALICE")
    assert visitor.post("/logout", data=data).status_code == httpx.codes.FORBIDDEN
    assert SESSION in visitor.cookies


def test_the_button_of_one_session_does_not_do_for_another(visitor: httpx.Client, acme: Acme) -> None:
    page = f"/drafts/{acme.draft()}"
    sign_in(visitor, "U01ALICE")
    token = visitor.get(page).text.partition('name="token" value="')[2].partition('"')[0]
    visitor.cookies.clear()
    sign_in(visitor, "U02BOB")
    assert visitor.post("/logout", data={"token": token}).status_code == httpx.codes.FORBIDDEN


def test_a_link_signs_nobody_out(visitor: httpx.Client, acme: Acme) -> None:
    sign_in(visitor, "U01ALICE")
    assert visitor.get("/logout").status_code == httpx.codes.METHOD_NOT_ALLOWED
    assert SESSION in visitor.cookies


def test_a_huge_form_is_not_read(visitor: httpx.Client, acme: Acme) -> None:
    sign_in(visitor, "U01ALICE")
    answer = visitor.post("/logout", data={"token": "x" * 100_000})
    assert answer.status_code == httpx.codes.REQUEST_ENTITY_TOO_LARGE


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
