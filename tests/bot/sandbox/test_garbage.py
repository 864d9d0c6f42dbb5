"""Garbage in: the sandbox says what is wrong, and never breaks itself."""

import json
from typing import Any

import httpx
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.sandbox.client import SandboxClient
from bot.sandbox.control import ORDERS
from bot.sandbox.methods import METHODS
from core.cards.lint import lint_message, lint_view
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
    ]
)
VALUES = ANYTHING | st.sampled_from(["U01ALICE", "D01ALICE", "1.1", card(), modal()])
RELAXED = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@given(payload=st.fixed_dictionaries({"text": ANYTHING, "blocks": ANYTHING}), view=ANYTHING)
def test_the_linter_takes_anything(payload: Json, view: Any) -> None:
    assert all(isinstance(fault, str) for fault in [*lint_message(payload), *lint_view(view)])


@RELAXED
@given(
    method=st.sampled_from(sorted(METHODS)), args=st.dictionaries(ARGUMENTS, VALUES, max_size=5), as_form=st.booleans()
)
def test_a_web_api_call_with_anything_in_it_is_answered(
    sandbox: SandboxClient, addresses: Json, method: str, args: Json, as_form: bool
) -> None:
    headers = {"Authorization": f"Bearer {addresses['bot_token']}"}
    flat = {k: v if isinstance(v, str) else json.dumps(v) for k, v in args.items()}
    body: Json = {"data": flat} if as_form else {"json": args}
    answer = sandbox.http.post(f"/api/{method}", headers=headers, **body)
    assert answer.status_code == 200
    assert answer.json()["ok"] is True or answer.json()["error"]


@RELAXED
@given(
    order=st.sampled_from(sorted(ORDERS.keys() - {"event"})),
    ask=st.dictionaries(ASKED, VALUES, max_size=5) | st.lists(SCALARS),
)
def test_an_order_with_anything_in_it_is_answered(sandbox: SandboxClient, order: str, ask: Any) -> None:
    sandbox.point_at("http://127.0.0.1:9/slack/events")
    answer = sandbox.http.post(f"/control/{order}", json=ask)
    assert answer.status_code in {httpx.codes.OK, httpx.codes.BAD_REQUEST}


def test_bytes_that_are_no_text_are_refused(sandbox: SandboxClient, addresses: Json) -> None:
    for kind in ("application/x-www-form-urlencoded", "application/json", "multipart/form-data"):
        answer = httpx.post(f"{addresses['api_url']}auth.test", content=b"\xff\xfe", headers={"Content-Type": kind})
        assert answer.json()["ok"] is False
    assert httpx.post(f"{sandbox.url}/respond/nonsense", content=b"\xff").status_code == 404
