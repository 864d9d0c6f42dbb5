"""Signing in leads to pages of ours and never elsewhere."""

from datetime import UTC, datetime, timedelta

import httpx
import pytest

from bot.web.login import own_path
from tests.bot.web.conftest import WANTED, Acme, sign_in


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
