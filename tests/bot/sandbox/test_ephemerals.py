"""What only one person sees: from chat.postEphemeral, a command's answer and a response_url."""

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.webhook import WebhookClient

from bot.sandbox.client import Mistake, SandboxClient
from tests.bot.sandbox.conftest import AppUnderTest, Json, card


@pytest.fixture
def asked(sandbox: SandboxClient, app: AppUnderTest) -> Json:
    """A question with buttons that a command answered with."""
    app.answer({"text": "Pause all?", "blocks": card("Pause all")})
    sandbox.command("U01ALICE", "/outreach pause all", channel="C01REVIEW")
    app.body = ""
    (found,) = sandbox.ephemeral("U01ALICE")
    return found


def test_a_commands_answer_has_blocks_and_only_the_asker_sees_it(sandbox: SandboxClient, asked: Json) -> None:
    assert (asked["text"], asked["channel"], asked["ephemeral"]) == ("Pause all?", "C01REVIEW", True)
    assert asked["blocks"][1]["elements"][0]["text"]["text"] == "Pause all"
    assert sandbox.messages("U01ALICE", "C01REVIEW")[0]["ts"] == asked["ts"]
    assert sandbox.ephemeral("U02BOB") == sandbox.messages("U02BOB", "C01REVIEW") == []


def test_a_click_in_it_says_so_and_carries_no_message(sandbox: SandboxClient, app: AppUnderTest, asked: Json) -> None:
    assert sandbox.click("U01ALICE", asked, "approve_send").ok
    payload = app.payload()
    assert payload["container"] == {
        "type": "message",
        "message_ts": asked["ts"],
        "channel_id": "C01REVIEW",
        "is_ephemeral": True,
    }
    assert "message" not in payload
    assert payload["actions"][0]["value"] == "d1:1"


def test_its_response_url_replaces_and_deletes_it(sandbox: SandboxClient, app: AppUnderTest, asked: Json) -> None:
    sandbox.click("U01ALICE", asked, "approve_send")
    hook = WebhookClient(app.payload()["response_url"])
    hook.send(text="Paused.", blocks=card("Resume"), replace_original=True)
    (seen,) = sandbox.ephemeral("U01ALICE")
    assert (seen["ts"], seen["text"], seen["edits"], seen["ephemeral"]) == (asked["ts"], "Paused.", 1, True)
    assert sandbox.click("U01ALICE", seen, "approve_send").ok, "the new buttons work"
    hook.send(delete_original=True)
    assert sandbox.ephemeral("U01ALICE") == []
    assert hook.send(delete_original=True).status_code == 400


def test_the_bot_cannot_reach_it_by_its_timestamp(slack: WebClient, asked: Json) -> None:
    where = {"channel": asked["channel"], "ts": asked["ts"]}
    for call in (lambda: slack.chat_update(**where, text="x"), lambda: slack.chat_delete(**where)):
        with pytest.raises(SlackApiError, match="message_not_found"):
            call()
    with pytest.raises(SlackApiError, match="cannot_reply_to_message"):
        slack.chat_postMessage(channel=asked["channel"], thread_ts=asked["ts"], text="x")


def test_nobody_else_can_click_it(slack: WebClient, sandbox: SandboxClient, app: AppUnderTest, asked: Json) -> None:
    with pytest.raises(Mistake, match="message_not_found"):
        sandbox.click("U02BOB", asked, "approve_send")
    slack.chat_postMessage(channel="U01ALICE", text="x", blocks=card())
    with pytest.raises(Mistake, match="message_not_found"):
        sandbox.click("U02BOB", sandbox.messages("U01ALICE")[0], "approve_send")


def test_post_ephemeral_takes_blocks_and_threads(slack: WebClient, sandbox: SandboxClient) -> None:
    ts = slack.chat_postMessage(channel="C01REVIEW", text="A card")["ts"]
    slack.chat_postEphemeral(channel="C01REVIEW", user="U01ALICE", text="in the channel", blocks=card())
    slack.chat_postEphemeral(channel="C01REVIEW", user="U01ALICE", text="in the thread", thread_ts=ts)
    slack.chat_postEphemeral(channel="C01REVIEW", user="U02BOB", text="for Bob")
    assert [m["text"] for m in sandbox.ephemeral("U01ALICE")] == ["in the channel", "in the thread"]
    assert [m["text"] for m in sandbox.thread("C01REVIEW", ts, "U01ALICE")] == ["in the thread"]
    assert sandbox.thread("C01REVIEW", ts) == []
    assert [m["text"] for m in slack.conversations_replies(channel="C01REVIEW", ts=ts)["messages"]] == ["A card"]


@pytest.mark.parametrize("user", ["U99NOBODY", "", None, 7])
def test_post_ephemeral_needs_a_member(slack: WebClient, sandbox: SandboxClient, user: object) -> None:
    with pytest.raises(SlackApiError, match="user_not_in_channel"):
        slack.api_call("chat.postEphemeral", json={"channel": "C01REVIEW", "user": user, "text": "x"})
    sandbox.deactivate("U01ALICE")
    with pytest.raises(SlackApiError, match="user_not_in_channel"):
        slack.chat_postEphemeral(channel="C01REVIEW", user="U01ALICE", text="x")


def test_a_response_url_can_fail_too(sandbox: SandboxClient, app: AppUnderTest, asked: Json) -> None:
    sandbox.click("U01ALICE", asked, "approve_send")
    hook = WebhookClient(app.payload()["response_url"])
    sandbox.fault("response_url", "status", status=500)
    assert hook.send(text="lost").status_code == 500
    assert hook.send(text="told").status_code == 200
    assert [m["text"] for m in sandbox.ephemeral("U01ALICE")] == ["Pause all?", "told"]
