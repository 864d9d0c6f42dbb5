"""Tokens, users, faults on demand and the log of calls."""

import time

import httpx
import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.sandbox.client import Mistake, SandboxClient
from tests.bot.sandbox.conftest import Json


@pytest.mark.parametrize(
    ("token", "expected"), [("", "not_authed"), ("xoxb-wrong", "invalid_auth"), ("xoxb-sandbox", None)]
)
def test_a_token_is_needed_and_must_be_the_right_one(
    sandbox: SandboxClient, addresses: Json, token: str, expected: str | None
) -> None:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    answer = httpx.post(f"{addresses['api_url']}auth.test", headers=headers).json()
    assert answer.get("error") == expected


def test_a_token_inside_a_json_body_does_not_count(sandbox: SandboxClient, addresses: Json) -> None:
    answer = httpx.post(f"{addresses['api_url']}auth.test", json={"token": addresses["bot_token"]}).json()
    assert answer["error"] == "not_authed"


def test_a_method_that_is_not_there_is_unknown(slack: WebClient) -> None:
    with pytest.raises(SlackApiError) as error:
        slack.api_call("chat.scheduleMessage")
    assert error.value.response["error"] == "unknown_method"


def test_broken_json_is_said_to_be_so(sandbox: SandboxClient, addresses: Json) -> None:
    headers = {"Authorization": f"Bearer {addresses['bot_token']}", "Content-Type": "application/json"}
    for body, expected in (("{", "invalid_json"), ("[]", "json_not_object")):
        answer = httpx.post(f"{addresses['api_url']}auth.test", content=body, headers=headers).json()
        assert answer["error"] == expected


def test_users_are_found_by_id_email_and_list(slack: WebClient) -> None:
    user = slack.users_info(user="U01ALICE")["user"]
    assert (user["name"], user["real_name"], user["deleted"]) == ("alice", "Alice Anderson", False)
    assert slack.users_lookupByEmail(email="BOB@example.com")["user"]["id"] == "U02BOB"
    listed = [user["id"] for page in slack.users_list(limit=2) for user in page["members"]]
    assert listed == ["U01ALICE", "U02BOB", "U03CAROL", "U04VERA", slack.auth_test()["user_id"]]
    with pytest.raises(SlackApiError, match="user_not_found"):
        slack.users_info(user="U99")
    with pytest.raises(SlackApiError, match="users_not_found"):
        slack.users_lookupByEmail(email="x@example.com")


def test_users_info_does_not_look_into_a_json_body(slack: WebClient) -> None:
    with pytest.raises(SlackApiError) as error:
        slack.api_call("users.info", json={"user": "U01ALICE"})
    assert error.value.response["error"] == "user_not_found"


def test_a_deactivated_member_is_shown_so_and_still_takes_posts(slack: WebClient, sandbox: SandboxClient) -> None:
    slack.conversations_open(users="U01ALICE")
    sandbox.deactivate("U01ALICE")
    assert slack.users_info(user="U01ALICE")["user"]["deleted"] is True
    assert slack.chat_postMessage(channel="D01ALICE", text="nobody reads this")["ok"]
    with pytest.raises(SlackApiError, match="users_not_found"):
        slack.users_lookupByEmail(email="alice@example.com")
    with pytest.raises(Mistake, match="account_inactive"):
        sandbox.command("U01ALICE", "/outreach help")


def test_an_ordered_429_names_retry_after_and_ends(slack: WebClient, sandbox: SandboxClient) -> None:
    sandbox.fault("chat.postMessage", "ratelimited", times=2, retry_after=7)
    for _ in range(2):
        with pytest.raises(SlackApiError) as error:
            slack.chat_postMessage(channel="U01ALICE", text="x")
        assert error.value.response.status_code == 429
        assert error.value.response.headers["Retry-After"] == "7"
        assert error.value.response["error"] == "ratelimited"
    assert slack.chat_postMessage(channel="U01ALICE", text="x")["ok"]
    assert len(sandbox.messages("U01ALICE")) == 1


def test_an_ordered_error_meets_only_its_channel(slack: WebClient, sandbox: SandboxClient) -> None:
    sandbox.fault("chat.postMessage", "error", code="fatal_error", channel="U02BOB")
    assert slack.chat_postMessage(channel="U01ALICE", text="x")["ok"]
    with pytest.raises(SlackApiError, match="fatal_error"):
        slack.chat_postMessage(channel="U02BOB", text="x")


def test_a_dropped_reply_was_done_all_the_same(sandbox: SandboxClient, addresses: Json) -> None:
    sandbox.fault("chat.postMessage", "drop")
    fields = {"token": addresses["bot_token"], "channel": "U01ALICE", "text": "x"}
    assert httpx.post(f"{addresses['api_url']}chat.postMessage", data=fields).status_code == 500
    assert [m["text"] for m in sandbox.messages("U01ALICE")] == ["x"]


def test_an_ordered_delay_and_status_are_kept(sandbox: SandboxClient, addresses: Json) -> None:
    sandbox.fault("auth.test", "delay", seconds=0.3)
    started = time.monotonic()
    httpx.post(f"{addresses['api_url']}auth.test")
    assert time.monotonic() - started >= 0.3
    sandbox.fault("*", "status", status=503)
    assert httpx.post(f"{addresses['api_url']}auth.test").status_code == 503
    with pytest.raises(Mistake, match="kind must be one of"):
        sandbox.fault("*", "nonsense")


def test_every_call_is_written_down(slack: WebClient, sandbox: SandboxClient) -> None:
    ts = slack.chat_postMessage(channel="U01ALICE", text="x")["ts"]
    with pytest.raises(SlackApiError):
        slack.chat_update(channel="D01ALICE", ts="1.1", text="x")
    posted, updated = sandbox.calls()
    assert (posted["method"], posted["ok"], posted["channel"], posted["ts"]) == (
        "chat.postMessage",
        True,
        "U01ALICE",
        ts,
    )
    assert (updated["ok"], updated["error"], updated["ts"]) == (False, "message_not_found", "1.1")
    assert sandbox.calls("chat.update") == [updated]
