"""A person in the sandbox's page, in a real browser."""

from collections.abc import Iterator
from typing import Any

import pytest
from slack_sdk import WebClient

from bot.sandbox.client import SandboxClient
from tests.bot.sandbox.conftest import AppUnderTest, card, modal
from tests.fixtures.chromium import needs_chromium

pytestmark = [pytest.mark.browser, needs_chromium]


@pytest.fixture
def page(browser: Any) -> Iterator[Any]:
    opened = browser.new_page()
    opened.set_default_timeout(10_000)
    problems: list[str] = []
    opened.on("pageerror", lambda error: problems.append(str(error)))
    yield opened
    opened.close()
    assert problems == []


def test_a_person_picks_a_member_clicks_and_sees_the_card_change(
    slack: WebClient, sandbox: SandboxClient, app: AppUnderTest, page: Any
) -> None:
    page.goto(sandbox.url)
    page.get_by_test_id("pick-U01ALICE").click()
    page.get_by_test_id("empty").wait_for()
    posted = slack.chat_postMessage(channel="U01ALICE", text="<script>", blocks=card("Approve & send"))
    page.get_by_test_id("button-approve_send").click()
    page.wait_for_function("() => !document.querySelector('.busy')")
    assert app.payload()["actions"][0]["action_id"] == "approve_send"
    slack.chat_update(channel=posted["channel"], ts=posted["ts"], text="Sent by <@U01ALICE>")
    page.get_by_text("Sent by @Alice Anderson").wait_for()
    assert page.get_by_test_id("button-approve_send").count() == 0


def test_a_warning_stays_under_a_card_whose_app_failed(
    slack: WebClient, sandbox: SandboxClient, app: AppUnderTest, page: Any
) -> None:
    app.status = 500
    slack.chat_postMessage(channel="U01ALICE", text="a card", blocks=card())
    page.goto(f"{sandbox.url}/m/U01ALICE")
    page.get_by_test_id("button-approve_send").click()
    assert "did not respond" in page.get_by_test_id("notice").inner_text()


def test_unread_messages_are_counted_until_they_are_seen(slack: WebClient, sandbox: SandboxClient, page: Any) -> None:
    page.goto(f"{sandbox.url}/m/U01ALICE")
    for _ in range(2):
        slack.chat_postMessage(channel="U02BOB", text="for Bob")
    page.get_by_test_id("unread-U02BOB").get_by_text("2").wait_for()
    page.get_by_test_id("member-U02BOB").click()
    page.get_by_test_id("message").last.wait_for()
    page.get_by_test_id("member-U01ALICE").click()
    page.get_by_test_id("unread-U02BOB").wait_for(state="detached")


def test_a_modal_keeps_what_was_typed_through_an_update_and_shows_errors(
    slack: WebClient, sandbox: SandboxClient, app: AppUnderTest, page: Any
) -> None:
    slack.chat_postMessage(channel="U01ALICE", text="a card", blocks=card())
    page.goto(f"{sandbox.url}/m/U01ALICE")
    page.get_by_test_id("button-approve_send").click()
    page.wait_for_function("() => !document.querySelector('.busy')")
    view = slack.views_open(trigger_id=app.payload()["trigger_id"], view=modal())["view"]
    field = page.get_by_test_id("input-body")
    field.fill("typed by hand")
    slack.views_update(view_id=view["id"], view=modal(title={"type": "plain_text", "text": "Edit again"}))
    page.get_by_test_id("modal-title").get_by_text("Edit again").wait_for()
    assert field.input_value() == "typed by hand"
    app.answer({"response_action": "errors", "errors": {"body": "Too short"}})
    page.get_by_test_id("modal-submit").click()
    page.get_by_test_id("error-body").get_by_text("Too short").wait_for()
    app.body = ""
    page.get_by_test_id("modal-submit").click()
    page.get_by_test_id("modal").wait_for(state="detached")
    assert app.payload()["view"]["state"]["values"]["body"]["body"]["value"] == "typed by hand"


def test_a_confirm_dialog_stands_before_the_click(
    slack: WebClient, sandbox: SandboxClient, app: AppUnderTest, page: Any
) -> None:
    asked = card()
    asked[1]["elements"][0]["confirm"] = {
        key: {"type": "plain_text", "text": key} for key in ("title", "text", "confirm", "deny")
    }
    slack.chat_postMessage(channel="U01ALICE", text="a card", blocks=asked)
    page.goto(f"{sandbox.url}/m/U01ALICE")
    page.get_by_test_id("button-approve_send").click()
    page.get_by_test_id("confirm-no").click()
    page.get_by_test_id("confirm").wait_for(state="hidden")
    assert app.got == []
    page.get_by_test_id("button-approve_send").click()
    page.get_by_test_id("confirm-yes").click()
    page.wait_for_function("() => !document.querySelector('.busy')")
    assert len(app.got) == 1


def test_a_command_shows_its_answer_to_that_member_only(sandbox: SandboxClient, app: AppUnderTest, page: Any) -> None:
    app.body = "Paused *launch*."
    page.goto(f"{sandbox.url}/m/U01ALICE")
    page.get_by_test_id("composer").fill("/outreach pause launch")
    page.keyboard.press("Enter")
    page.get_by_text("Only visible to you").wait_for()
    assert "Paused launch." in page.get_by_test_id("message").inner_text()
    assert sandbox.messages("U02BOB") == []
