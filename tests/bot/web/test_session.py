"""A session: whose it is, when it ends, and that nobody forges one or signs somebody else out."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import httpx
import pytest
import sqlalchemy as sa
import time_machine
from starlette.responses import Response

from bot.web import session
from core import models
from core.db import transaction
from tests.bot.web.conftest import SESSION, Acme, Environment, deactivate, sign_in


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
