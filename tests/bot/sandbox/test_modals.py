"""Modals in the sandbox: opened, submitted, updated, pushed and closed as in Slack."""

from typing import Any
from urllib.parse import parse_qs

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.sandbox.client import SandboxClient
from tests.bot.sandbox.conftest import AppUnderTest, Json, card, modal, opened


def test_a_trigger_opens_one_modal_once_within_three_seconds(
    slack: WebClient, sandbox: SandboxClient, app: AppUnderTest, posted: Json
) -> None:
    sandbox.click("U01ALICE", posted, "approve_send")
    trigger = app.payload()["trigger_id"]
    with pytest.raises(SlackApiError, match="invalid_arguments"):
        slack.views_open(trigger_id=trigger, view=modal(title={"type": "plain_text", "text": "x" * 25}))
    slack.views_open(trigger_id=trigger, view=modal())
    with pytest.raises(SlackApiError, match="exchanged_trigger_id"):
        slack.views_open(trigger_id=trigger, view=modal())
    sandbox.click("U01ALICE", posted, "approve_send")
    sandbox.advance(3.1)
    with pytest.raises(SlackApiError, match="expired_trigger_id"):
        slack.views_open(trigger_id=app.payload()["trigger_id"], view=modal())
    with pytest.raises(SlackApiError, match="invalid_trigger_id"):
        slack.views_open(trigger_id="nonsense", view=modal())


def test_a_submission_carries_what_was_typed_and_an_empty_answer_closes(
    slack: WebClient, sandbox: SandboxClient, app: AppUnderTest
) -> None:
    view = opened(slack, sandbox, app, modal())
    assert [v["id"] for v in sandbox.views("U01ALICE")] == [view["id"]]
    result = sandbox.submit("U01ALICE", view, {"body": "Hello Dana"})
    assert (result.ok, result.action) == (True, "close")
    payload = app.payload()
    assert (payload["type"], payload["view"]["private_metadata"]) == ("view_submission", "d1:1")
    assert payload["view"]["state"]["values"] == {"body": {"body": {"type": "plain_text_input", "value": "Hello Dana"}}}
    assert payload["response_urls"] == []
    assert sandbox.views("U01ALICE") == []


def test_what_was_not_touched_is_submitted_as_it_was(
    slack: WebClient, sandbox: SandboxClient, app: AppUnderTest
) -> None:
    sandbox.submit("U01ALICE", opened(slack, sandbox, app, modal()))
    assert app.payload()["view"]["state"]["values"]["body"]["body"]["value"] == "Hi Dana"


def test_an_empty_required_input_is_never_sent(slack: WebClient, sandbox: SandboxClient, app: AppUnderTest) -> None:
    view = opened(slack, sandbox, app, modal())
    before = len(app.got)
    result = sandbox.submit("U01ALICE", view, {"body": ""})
    assert (result.ok, result.sent, result.action) == (False, False, "errors")
    assert sandbox.submit("U01ALICE", view, {"body": "x" * 3001}).sent is False
    assert len(app.got) == before


def test_errors_keep_the_modal_open(slack: WebClient, sandbox: SandboxClient, app: AppUnderTest) -> None:
    view = opened(slack, sandbox, app, modal())
    app.answer({"response_action": "errors", "errors": {"body": "Too short"}})
    assert sandbox.submit("U01ALICE", view).errors == {"body": "Too short"}
    assert len(sandbox.views("U01ALICE")) == 1


def test_update_and_push_show_another_view_and_clear_closes_all(
    slack: WebClient, sandbox: SandboxClient, app: AppUnderTest
) -> None:
    view = opened(slack, sandbox, app, modal())
    app.answer({"response_action": "update", "view": modal(callback_id="second")})
    assert sandbox.submit("U01ALICE", view).action == "update"
    (updated,) = sandbox.views("U01ALICE")
    assert (updated["id"], updated["callback_id"]) == (view["id"], "second")
    assert updated["hash"] != view["hash"]
    app.answer({"response_action": "push", "view": modal(callback_id="third")})
    assert sandbox.submit("U01ALICE", view).action == "push"
    pushed = sandbox.views("U01ALICE")[-1]
    assert (pushed["previous_view_id"], pushed["root_view_id"]) == (view["id"], view["id"])
    app.answer({"response_action": "clear"})
    assert sandbox.submit("U01ALICE", pushed).action == "clear"
    assert sandbox.views("U01ALICE") == []


@pytest.mark.parametrize(
    "answer",
    [
        {"response_action": "update", "view": {"type": "modal"}},
        {"response_action": "errors", "errors": {"nowhere": "x"}},
        {"response_action": "dance"},
        {},
        [],
    ],
)
def test_a_broken_answer_to_a_submission_leaves_the_modal_with_a_warning(
    slack: WebClient, sandbox: SandboxClient, app: AppUnderTest, answer: Any
) -> None:
    view = opened(slack, sandbox, app, modal())
    app.answer(answer)
    result = sandbox.submit("U01ALICE", view)
    assert (result.action, result.warning) == ("none", "We had some trouble connecting. Try again?")
    assert len(sandbox.views("U01ALICE")) == 1


def test_views_update_knows_its_hash_and_its_view(slack: WebClient, sandbox: SandboxClient, app: AppUnderTest) -> None:
    view = opened(slack, sandbox, app, modal(external_id="edit-1"))
    newer = slack.views_update(view_id=view["id"], hash=view["hash"], view=modal(external_id="edit-1"))["view"]
    with pytest.raises(SlackApiError, match="hash_conflict"):
        slack.views_update(view_id=view["id"], hash=view["hash"], view=modal())
    slack.views_update(external_id="edit-1", hash=newer["hash"], view=modal())
    sandbox.close_view("U01ALICE", view)
    with pytest.raises(SlackApiError, match="not_found"):
        slack.views_update(view_id=view["id"], view=modal())


def test_views_push_stands_on_the_modal_that_was_clicked_and_on_nothing_else(
    slack: WebClient, sandbox: SandboxClient, app: AppUnderTest, posted: Json
) -> None:
    below = opened(slack, sandbox, app, modal(blocks=[*modal()["blocks"], card()[1]]))
    for _ in range(2):
        sandbox.click_view("U01ALICE", sandbox.views("U01ALICE")[-1], "approve_send")
        on_top = modal(callback_id="on top", blocks=card(), external_id=f"top-{len(sandbox.views('U01ALICE'))}")
        pushed = slack.views_push(trigger_id=app.payload()["trigger_id"], view=on_top)["view"]
        assert pushed["root_view_id"] == below["id"]
    assert [v["callback_id"] for v in sandbox.views("U01ALICE")] == ["edit_draft", "on top", "on top"]
    sandbox.click_view("U01ALICE", pushed, "approve_send")
    with pytest.raises(SlackApiError, match="push_limit_reached"):
        slack.views_push(trigger_id=app.payload()["trigger_id"], view=modal())
    sandbox.close_view("U01ALICE", pushed)
    assert len(sandbox.views("U01ALICE")) == 2
    sandbox.click("U01ALICE", posted, "approve_send")
    with pytest.raises(SlackApiError, match="invalid_trigger_id"):
        slack.views_push(trigger_id=app.payload()["trigger_id"], view=modal())


def test_closing_is_told_only_when_the_view_asks(slack: WebClient, sandbox: SandboxClient, app: AppUnderTest) -> None:
    sandbox.close_view("U01ALICE", opened(slack, sandbox, app, modal()))
    assert "payload" not in parse_qs(app.got[-1][1])
    sandbox.close_view("U01ALICE", opened(slack, sandbox, app, modal(notify_on_close=True)))
    assert (app.payload()["type"], app.payload()["is_cleared"]) == ("view_closed", False)
