"""What the sandbox sends to the app: signed, shaped and timed as Slack does it."""

import time
from urllib.parse import parse_qs

import httpx
import pytest
from slack_sdk import WebClient
from slack_sdk.signature import SignatureVerifier
from slack_sdk.webhook import WebhookClient

from bot.sandbox.client import Mistake, SandboxClient, button, send
from tests.bot.sandbox.conftest import AppUnderTest, Json


def test_a_click_is_signed_so_that_slack_sdk_accepts_it(
    sandbox: SandboxClient, addresses: Json, app: AppUnderTest, posted: Json
) -> None:
    assert sandbox.click("U01ALICE", posted, "approve_send").ok
    headers, body = app.got[0]
    assert SignatureVerifier(addresses["signing_secret"]).is_valid_request(body, headers)
    assert not SignatureVerifier("another secret").is_valid_request(body, headers)
    assert not SignatureVerifier(addresses["signing_secret"]).is_valid_request(body + " ", headers)


def test_a_click_has_the_shape_of_slacks_block_actions(sandbox: SandboxClient, app: AppUnderTest, posted: Json) -> None:
    sandbox.click("U01ALICE", posted, "approve_send")
    payload = app.payload()
    assert payload["type"] == "block_actions"
    assert payload["user"] == {"id": "U01ALICE", "username": "alice", "name": "alice", "team_id": "T01TEST"}
    assert payload["team"] == {"id": "T01TEST", "domain": "acme"}
    assert payload["channel"] == {"id": "D01ALICE", "name": "directmessage"}
    assert payload["container"] == {
        "type": "message",
        "message_ts": posted["ts"],
        "channel_id": "D01ALICE",
        "is_ephemeral": False,
    }
    assert payload["message"]["blocks"] == posted["blocks"]
    assert (payload["enterprise"], payload["is_enterprise_install"]) == (None, False)
    assert payload["state"] == {"values": {}}
    (action,) = payload["actions"]
    assert action.pop("action_ts")
    assert action == {
        "action_id": "approve_send",
        "block_id": "acts",
        "type": "button",
        "text": {"type": "plain_text", "text": "Approve"},
        "value": "d1:1",
        "style": "primary",
    }


def test_a_dry_click_can_be_sent_many_times(sandbox: SandboxClient, app: AppUnderTest, posted: Json) -> None:
    request = sandbox.signed_click("U01ALICE", posted, "approve_send")
    assert app.got == []
    assert [send(request).status_code for _ in range(3)] == [200, 200, 200]
    assert len({body for _, body in app.got}) == 1


def test_a_click_on_what_was_there_before_an_update_carries_the_old_value(
    slack: WebClient, sandbox: SandboxClient, app: AppUnderTest, posted: Json
) -> None:
    slack.chat_update(channel="D01ALICE", ts=posted["ts"], text="Done", blocks=[{"type": "divider"}])
    with pytest.raises(Mistake, match="action_not_found"):
        sandbox.click("U01ALICE", posted, "approve_send")
    sandbox.click("U01ALICE", posted, "approve_send", edit=0)
    assert app.payload()["actions"][0]["value"] == "d1:1"


def test_the_deadline_passes_and_the_person_is_warned_until_a_click_works(
    sandbox: SandboxClient, app: AppUnderTest, posted: Json
) -> None:
    app.wait = 0.8  # the fixture's deadline is 0.4 s
    late = sandbox.click("U01ALICE", posted, "approve_send")
    assert (late.ok, late.failure, late.status) == (False, "http_timeout", None)
    assert "did not respond" in sandbox.messages("U01ALICE")[0]["notice"]
    app.wait = 0.0
    assert sandbox.click("U01ALICE", posted, "approve_send").ok
    assert sandbox.messages("U01ALICE")[0]["notice"] is None


def test_an_answer_other_than_2xx_or_none_is_a_failure(sandbox: SandboxClient, app: AppUnderTest, posted: Json) -> None:
    app.status = 500
    assert sandbox.click("U01ALICE", posted, "approve_send").failure == "http_error"
    refused = sandbox.click("U01ALICE", posted, "approve_send", url="http://127.0.0.1:9/slack/events")
    assert refused.failure == "connection_failed"
    assert len(app.got) == 1, "interactions are not sent again"


def test_a_response_url_works_five_times(sandbox: SandboxClient, app: AppUnderTest, posted: Json) -> None:
    sandbox.click("U01ALICE", posted, "approve_send")
    hook = WebhookClient(app.payload()["response_url"])
    for n in range(5):
        assert hook.send(text=f"{n}").status_code == 200
    spent = hook.send(text="6")
    assert (spent.status_code, "used_url" in spent.body) == (404, True)
    seen = sandbox.messages("U01ALICE")[1:]
    assert [(m["text"], m["ephemeral"]) for m in seen] == [(f"{n}", True) for n in range(5)]


def test_a_response_url_ends_after_thirty_minutes(sandbox: SandboxClient, app: AppUnderTest, posted: Json) -> None:
    sandbox.click("U01ALICE", posted, "approve_send")
    hook = WebhookClient(app.payload()["response_url"])
    sandbox.advance(29 * 60)
    assert hook.send(text="in time").status_code == 200
    sandbox.advance(61)
    assert hook.send(text="late").status_code == 404


def test_a_response_url_replaces_and_deletes_the_original(
    sandbox: SandboxClient, app: AppUnderTest, posted: Json
) -> None:
    sandbox.click("U01ALICE", posted, "approve_send")
    hook = WebhookClient(app.payload()["response_url"])
    hook.send(text="replaced", replace_original=True)
    assert [(m["text"], m["edits"]) for m in sandbox.messages("U01ALICE")] == [("replaced", 1)]
    hook.send(text="for all", response_type="in_channel")
    assert sandbox.messages("U01ALICE")[-1]["ephemeral"] is False
    assert hook.send(text="x", blocks=[{"type": "nonsense"}]).status_code == 400
    hook.send_dict({"delete_original": True})
    assert [m["text"] for m in sandbox.messages("U01ALICE")] == ["for all"]


def test_a_command_carries_slacks_fields_and_shows_its_answer(sandbox: SandboxClient, app: AppUnderTest) -> None:
    app.body = "Paused."
    assert sandbox.command("U01ALICE", "/outreach pause  launch ").ok
    fields = {key: value[0] for key, value in parse_qs(app.got[-1][1], keep_blank_values=True).items()}
    assert (fields["command"], fields["text"], fields["user_id"]) == ("/outreach", "pause  launch", "U01ALICE")
    assert (fields["channel_id"], fields["channel_name"], fields["team_id"]) == ("D01ALICE", "directmessage", "T01TEST")
    assert fields["trigger_id"]
    app.answer({"response_type": "in_channel", "text": "For all", "blocks": [{"type": "divider"}]})
    sandbox.command("U01ALICE", "/outreach status")
    seen = [(m["text"], m["ephemeral"]) for m in sandbox.messages("U01ALICE")]
    assert seen == [("Paused.", True), ("For all", False)]
    WebhookClient(fields["response_url"]).send(text="later")
    assert sandbox.messages("U01ALICE")[-1]["text"] == "later"


@pytest.mark.parametrize(
    ("status", "body", "wait", "expected"),
    [(500, "", 0, "dispatch_failed"), (200, "", 0.8, "operation_timeout"), (200, "[]", 0, "invalid_command_response")],
)
def test_a_command_that_fails_tells_the_member_as_slack_does(
    sandbox: SandboxClient, app: AppUnderTest, status: int, body: str, wait: float, expected: str
) -> None:
    app.status, app.body, app.wait, app.content_type = status, body, wait, "application/json"
    result = sandbox.command("U01ALICE", "/outreach help")
    assert result.warning == f'/outreach failed with the error "{expected}"'
    assert [(m["text"], m["ephemeral"]) for m in sandbox.messages("U01ALICE")] == [(result.warning, True)]


def test_events_are_sent_again_three_times_with_the_reason(sandbox: SandboxClient, app: AppUnderTest) -> None:
    app.status = 500
    tries = sandbox.event("app_home_opened", "U01ALICE")
    assert [t["ok"] for t in tries] == [False] * 4
    nums = [(h.get("X-Slack-Retry-Num"), h.get("X-Slack-Retry-Reason")) for h, _ in app.got]
    assert nums == [(None, None), ("1", "http_error"), ("2", "http_error"), ("3", "http_error")]
    assert len({body for _, body in app.got}) == 1, "the same event_id each time"
    app.headers = {"X-Slack-No-Retry": "1"}
    assert len(sandbox.event("app_home_opened", "U01ALICE")) == 1
    app.status = 200
    assert len(sandbox.event("user_change", "U01ALICE")) == 1


def test_events_are_signed_and_url_verification_wants_its_challenge(
    sandbox: SandboxClient, addresses: Json, app: AppUnderTest
) -> None:
    assert sandbox.verify_url() is False
    headers, body = app.got[-1]
    assert SignatureVerifier(addresses["signing_secret"]).is_valid_request(body, headers)
    signed = sandbox.signed_event("user_change", "U01ALICE")
    assert SignatureVerifier(addresses["signing_secret"]).is_valid_request(signed.body, signed.headers)


def test_a_control_order_needs_json_and_a_name_that_is_known(sandbox: SandboxClient) -> None:
    assert httpx.post(f"{sandbox.url}/control/reset", data={"x": "1"}).status_code == 415
    with pytest.raises(Mistake, match="unknown_order"):
        sandbox.order("dance", {})
    with pytest.raises(Mistake, match="missing member"):
        sandbox.order("click", {})


def test_another_host_name_is_refused(sandbox: SandboxClient) -> None:
    assert httpx.get(f"{sandbox.url}/control/mail", headers={"Host": "evil.example"}).status_code == 400


def test_a_click_and_its_ack_take_milliseconds(sandbox: SandboxClient, app: AppUnderTest, posted: Json) -> None:
    started = time.perf_counter()
    result = sandbox.click("U01ALICE", posted, "approve_send")
    assert 0 < result.ms <= (time.perf_counter() - started) * 1000
    assert button(posted, "approve_send") is not None
    assert button(posted, "reject_draft") is None
