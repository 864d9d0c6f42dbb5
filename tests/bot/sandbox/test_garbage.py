"""Garbage in: the sandbox says what is wrong, and never breaks itself."""

import json
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.sandbox.client import Mistake, SandboxClient
from bot.sandbox.control import ORDERS
from bot.sandbox.methods import METHODS
from bot.sandbox.webapi import BY_SECRET
from core.cards.limits.lint import lint_message, lint_view
from tests.bot.sandbox.conftest import Json, card, modal

SCALARS = st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=6)
WORDS = st.sampled_from(
    ["type", "text", "elements", "element", "options", "accessory", "fields", "blocks", "block_id", "initial_options"]
)
KINDS = st.sampled_from(["section", "actions", "input", "mrkdwn", "plain_text", "button", "static_select", "modal"])
ANYTHING = st.recursive(
    SCALARS | KINDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=4),
    max_leaves=12,
)
ARGUMENTS = st.sampled_from(
    [
        "channel",
        "user",
        "users",
        "text",
        "ts",
        "blocks",
        "view",
        "view_id",
        "user_id",
        "trigger_id",
        "metadata",
        "limit",
        "thread_ts",
        "message_ts",
        "hash",
        "oldest",
        "cursor",
        "client_id",
        "client_secret",
        "code",
        "grant_type",
        "refresh_token",
    ]
)
ASKED = st.sampled_from(
    [
        "member",
        "channel",
        "ts",
        "action_id",
        "view_id",
        "values",
        "text",
        "type",
        "event",
        "open",
        "deleted",
        "edit",
        "dry",
        "thread_ts",
        "option",
        "value",
        "team",
        "name",
        "members",
        "channels",
        "scope",
        "rotation",
        "disconnect",
        "on",
        "scale",
    ]
)
VALUES = ANYTHING | st.sampled_from(["U01ALICE", "D01ALICE", "1.1", card(), modal()])
ASKS = st.sampled_from(["redirect_uri", "scope", "state", "sandbox_member", "team", "response_type", "client_id"])
URLS = st.text(max_size=12) | st.sampled_from(
    ["http://127.0.0.1:8000/x", "http://[", "http://127.0.0.1:x/", "openid", "chat:write", "code", "U01ALICE", "//evil"]
)
METHOD = st.sampled_from([*METHODS, *BY_SECRET, "apps.uninstall", "apps.connections.open"])
ENOUGH = settings(max_examples=150)


@given(payload=st.fixed_dictionaries({"text": ANYTHING, "blocks": ANYTHING}), view=ANYTHING)
def test_the_linter_takes_anything(payload: Json, view: Any) -> None:
    assert all(isinstance(fault, str) for fault in [*lint_message(payload), *lint_view(view)])


@ENOUGH
@given(method=METHOD, args=st.dictionaries(ARGUMENTS, VALUES, max_size=5), as_form=st.booleans())
def test_a_web_api_call_with_anything_in_it_is_answered(
    sandbox: SandboxClient, addresses: Json, method: str, args: Json, as_form: bool
) -> None:
    headers = {"Authorization": f"Bearer {addresses['bot_token']}"}
    flat = {k: v if isinstance(v, str) else json.dumps(v) for k, v in args.items()}
    body: Json = {"data": flat} if as_form else {"json": args}
    answer = sandbox.http.post(f"/api/{method}", headers=headers, **body)
    assert answer.status_code == 200
    assert answer.json()["ok"] is True or answer.json()["error"]


@ENOUGH
@given(
    order=st.sampled_from(sorted(ORDERS.keys() - {"event"})),
    ask=st.dictionaries(ASKED, VALUES, max_size=5) | st.lists(SCALARS),
)
def test_an_order_with_anything_in_it_is_answered(sandbox: SandboxClient, order: str, ask: Any) -> None:
    sandbox.point_at("http://127.0.0.1:9/slack/events")
    answer = sandbox.http.post(f"/control/{order}", json=ask)
    assert answer.status_code in {httpx.codes.OK, httpx.codes.BAD_REQUEST}


@ENOUGH
@given(path=st.sampled_from(["/oauth/v2/authorize", "/openid/connect/authorize"]), query=st.dictionaries(ASKS, URLS))
def test_an_authorize_page_asked_for_anything_never_leads_astray(
    sandbox: SandboxClient, addresses: Json, path: str, query: dict[str, str]
) -> None:
    answer = sandbox.http.get(path, params={"client_id": addresses["client_id"]} | query)
    assert answer.status_code in {200, 302, 400}
    if answer.status_code == 302:
        assert answer.headers["location"].startswith("http://127.0.0.1")


@ENOUGH
@given(channel=st.text(max_size=8), ts=st.text(max_size=24), thread=st.text(max_size=20))
def test_an_address_of_a_page_that_is_not_there_leads_home(
    sandbox: SandboxClient, channel: str, ts: str, thread: str
) -> None:
    at = [quote(part, safe="") or "x" for part in (channel, ts)]
    for path in (f"/archives/{at[0]}/{at[1]}", f"/m/{at[0]}/{at[1]}"):
        assert sandbox.http.get(path, params={"thread_ts": thread}).status_code in {307, 404}
    assert sandbox.http.get("/m/U01ALICE", params={"thread": thread}).status_code == 200


@pytest.mark.parametrize("ids", [{"team": "x"}, {"members": [{"id": "T01TEST", "name": "x"}]}, {"channels": [{}]}])
def test_a_team_with_impossible_ids_is_refused(sandbox: SandboxClient, ids: Json) -> None:
    with pytest.raises(Mistake):
        sandbox.order("team", {"team": "T05", "name": "x"} | ids)


def test_bytes_that_are_no_text_are_refused(sandbox: SandboxClient, addresses: Json) -> None:
    for kind in ("application/x-www-form-urlencoded", "application/json", "multipart/form-data"):
        answer = httpx.post(f"{addresses['api_url']}auth.test", content=b"\xff\xfe", headers={"Content-Type": kind})
        assert answer.json()["ok"] is False
    assert httpx.post(f"{sandbox.url}/respond/nonsense", content=b"\xff").status_code == 404
