"""A person in the sandbox's page, in a real browser."""

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs

import pytest
from slack_sdk import WebClient

from bot.sandbox.client import SandboxClient
from tests.bot.sandbox.conftest import AppUnderTest, Json, card, modal
from tests.bot.sandbox.test_elements import MENUS, options
from tests.bot.sandbox.test_oauth import page as authorize_page
from tests.fixtures.chromium import needs_chromium
from tests.fixtures.waiting import wait_until

pytestmark = [pytest.mark.browser, needs_chromium]


@pytest.fixture
def page(browser: Any) -> Iterator[Any]:
    opened = browser.new_page()
    opened.set_default_timeout(30_000)  # several of these share two cores
    problems: list[str] = []
    opened.on("pageerror", lambda error: problems.append(str(error)))
    yield opened
    opened.close()
    assert problems == []


def rest(page: Any) -> None:
    """Nothing is under way on the page any more."""
    page.wait_for_function("() => !document.querySelector('.busy')")


def clicks(app: AppUnderTest) -> list[Json]:
    """What was sent by clicking, oldest first."""
    bodies = [parse_qs(body) for _, body in app.got if body.startswith("payload=")]
    return [json.loads(body["payload"][0]) for body in bodies]


def test_a_person_picks_a_member_clicks_and_sees_the_card_change(
    slack: WebClient, sandbox: SandboxClient, app: AppUnderTest, page: Any
) -> None:
    page.goto(sandbox.url)
    page.get_by_test_id("pick-U01ALICE").click()
    page.get_by_test_id("empty").wait_for()
    posted = slack.chat_postMessage(channel="U01ALICE", text="<script>", blocks=card("Approve & send"))
    page.get_by_test_id("button-approve_send").click()
    rest(page)
    assert clicks(app)[0]["actions"][0]["action_id"] == "approve_send"
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
    rest(page)
    view = slack.views_open(trigger_id=clicks(app)[-1]["trigger_id"], view=modal())["view"]
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
    assert clicks(app)[-1]["view"]["state"]["values"]["body"]["body"]["value"] == "typed by hand"


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
    assert clicks(app) == []
    page.get_by_test_id("button-approve_send").click()
    page.get_by_test_id("confirm-yes").click()
    rest(page)
    assert len(clicks(app)) == 1


def test_a_command_shows_its_answer_to_that_member_only(sandbox: SandboxClient, app: AppUnderTest, page: Any) -> None:
    app.body = "Paused *launch*."
    page.goto(f"{sandbox.url}/m/U01ALICE")
    page.get_by_test_id("composer").fill("/outreach pause launch")
    page.keyboard.press("Enter")
    page.get_by_text("Only visible to you").wait_for()
    assert "Paused launch." in page.get_by_test_id("message").inner_text()
    assert sandbox.messages("U02BOB") == []


def test_an_overflow_menu_opens_and_its_item_is_clicked(
    slack: WebClient, sandbox: SandboxClient, app: AppUnderTest, page: Any
) -> None:
    slack.chat_postMessage(channel="U01ALICE", text="menus", blocks=MENUS)
    page.goto(f"{sandbox.url}/m/U01ALICE")
    menu = page.get_by_test_id("overflow-more")
    menu.locator("summary").click()
    slack.chat_postMessage(channel="U01ALICE", text="a redraw")
    page.get_by_text("a redraw").wait_for()
    page.get_by_test_id("option-more").filter(has_text="Snooze").click()
    wait_until(lambda: clicks(app), what="the click")
    assert clicks(app)[0]["actions"][0]["selected_option"]["value"] == "snooze:d1:1"
    assert menu.get_attribute("open") is None


def test_an_overflow_menu_at_the_end_of_the_page_opens_upwards(
    slack: WebClient, sandbox: SandboxClient, page: Any
) -> None:
    page.set_viewport_size({"width": 1000, "height": 420})
    for _ in range(3):
        slack.chat_postMessage(channel="U01ALICE", text="menus", blocks=MENUS)
    page.goto(f"{sandbox.url}/m/U01ALICE")
    last = page.get_by_test_id("message").last
    # Both in one look: between two of them a redraw may put other elements in their place.
    boxes = """async (at) => {
        await new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)));
        return [at.querySelector("details[open] .menu.up"), at.querySelector("summary")].map(
            (one) => one && one.getBoundingClientRect().toJSON());
    }"""

    def upwards() -> Any:
        if not last.locator("details[open]").count():  # not yet, or closed by a redraw
            last.locator("summary").click()
        found = last.evaluate(boxes)
        return found if all(box and box["height"] for box in found) else None  # nor what a redraw took away

    menu, dots = wait_until(upwards, seconds=20, what="the menu to open upwards")
    assert menu["y"] + menu["height"] < dots["y"]


def test_ticks_stay_through_a_redraw_and_go_along_with_the_next_click(
    slack: WebClient, sandbox: SandboxClient, app: AppUnderTest, page: Any
) -> None:
    for _ in range(2):  # twice the same: a tick in one is none in the other
        slack.chat_postMessage(channel="U01ALICE", text="menus", blocks=MENUS)
    page.goto(f"{sandbox.url}/m/U01ALICE")
    second = page.get_by_test_id("message").nth(1)
    second.get_by_text("Two").click()
    second.get_by_text("Review").click()
    rest(page)
    slack.chat_postMessage(channel="U01ALICE", text="a redraw")
    page.get_by_text("a redraw").wait_for()
    second.get_by_test_id("button-go").click()
    wait_until(lambda: len(clicks(app)) == 3, what="the clicks")
    state = clicks(app)[2]["state"]["values"]["menus"]
    assert state["ticks"]["selected_options"] == options("two")
    assert state["risk"]["selected_option"]["value"] == "review"
    assert page.get_by_test_id("message").nth(0).get_by_text("Two").is_checked() is False


def test_the_home_opens_and_its_menu_speaks(
    slack: WebClient, sandbox: SandboxClient, app: AppUnderTest, page: Any
) -> None:
    page.goto(f"{sandbox.url}/m/U01ALICE")
    page.get_by_test_id("tab-home").click()
    page.get_by_text("has not published a Home").wait_for()
    wait_until(lambda: any('"tab":"home"' in body for _, body in app.got), what="the event")
    slack.views_publish(user_id="U01ALICE", view={"type": "home", "blocks": MENUS})
    page.get_by_test_id("input-campaign").select_option("winter")
    wait_until(lambda: clicks(app), what="the pick")
    assert clicks(app)[0]["container"]["type"] == "view"
    assert clicks(app)[0]["actions"][0]["selected_option"]["value"] == "winter"


def test_a_thread_opens_beside_the_conversation_and_takes_a_reply(
    slack: WebClient, sandbox: SandboxClient, page: Any
) -> None:
    ts = slack.chat_postMessage(channel="U01ALICE", text="a card", blocks=card())["ts"]
    slack.chat_postMessage(channel="U01ALICE", thread_ts=ts, text="Edited by <@U02BOB>")
    page.goto(f"{sandbox.url}/m/U01ALICE")
    page.get_by_test_id("replies").get_by_text("1 reply").click()
    page.get_by_test_id("thread").get_by_text("Edited by @Bob Brown").wait_for()
    assert page.get_by_test_id("message").count() == 1
    page.get_by_test_id("reply-composer").fill("Thank you")
    page.keyboard.press("Enter")
    page.get_by_test_id("replies").get_by_text("2 replies").wait_for()
    assert [m["text"] for m in sandbox.thread("D01ALICE", ts)] == ["Edited by <@U02BOB>", "Thank you"]
    page.get_by_test_id("thread-close").click()
    page.get_by_test_id("thread").wait_for(state="detached")


def test_what_only_one_person_sees_can_be_put_away(slack: WebClient, sandbox: SandboxClient, page: Any) -> None:
    slack.conversations_open(users="U01ALICE")
    slack.chat_postEphemeral(channel="D01ALICE", user="U01ALICE", text="Already sent by Bob")
    page.goto(f"{sandbox.url}/m/U01ALICE")
    page.get_by_test_id("dismiss").click()
    page.get_by_test_id("message").wait_for(state="detached")
    assert sandbox.ephemeral("U01ALICE") == []


def test_a_permalink_leads_to_the_message_and_to_its_thread(
    slack: WebClient, sandbox: SandboxClient, page: Any
) -> None:
    ts = slack.chat_postMessage(channel="U01ALICE", text="a card")["ts"]
    under = slack.chat_postMessage(channel="U01ALICE", thread_ts=ts, text="a reply")["ts"]
    page.goto(slack.chat_getPermalink(channel="D01ALICE", message_ts=ts)["permalink"])
    assert (
        page.get_by_test_id("message")
        .inner_text()
        .endswith("a card\n1 reply\nlast at " + page.locator("time").first.inner_text())
    )
    page.goto(slack.chat_getPermalink(channel="D01ALICE", message_ts=under)["permalink"])
    page.get_by_test_id("thread").get_by_text("a reply").wait_for()


def test_a_person_installs_the_app_in_one_of_several_teams(sandbox: SandboxClient, addresses: Json, page: Any) -> None:
    sandbox.add_team("T02GLOBEX", "Globex", [{"id": "U11GINA", "name": "Gina Globex"}])
    back = f"{sandbox.url}/slack/oauth_redirect"
    page.goto(authorize_page(addresses, redirect_uri=back))
    page.get_by_test_id("team-T02GLOBEX").click()
    page.get_by_role("heading", name="Globex").wait_for()
    page.get_by_test_id("install-as").select_option("U11GINA")
    page.get_by_test_id("install-allow").click()
    page.wait_for_url(f"{back}?code=*")
    page.goto(authorize_page(addresses, redirect_uri=back))
    page.get_by_test_id("install-deny").click()
    page.wait_for_url(f"{back}?error=access_denied*")
