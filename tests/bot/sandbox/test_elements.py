"""Menus, pickers and ticks, in messages, modals and Home: the payloads are shaped as Slack's are."""

from typing import Any

import pytest
from slack_sdk import WebClient

from bot.sandbox.client import Mistake, SandboxClient
from tests.bot.sandbox.conftest import AppUnderTest, Json, card, opened


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def options(*values: str) -> list[Json]:
    return [{"text": plain(value.title()), "value": value} for value in values]


ELEMENTS: list[Json] = [
    {
        "type": "static_select",
        "action_id": "campaign",
        "options": options("launch", "winter"),
        "placeholder": plain("?"),
    },
    {"type": "users_select", "action_id": "assignee", "initial_user": "U02BOB"},
    {"type": "checkboxes", "action_id": "ticks", "options": options("one", "two", "three")},
    {
        "type": "radio_buttons",
        "action_id": "risk",
        "options": options("low", "review"),
        "initial_option": options("low")[0],
    },
    {"type": "overflow", "action_id": "more", "options": options("snooze:d1:1", "assign:d1:1")},
    {"type": "button", "action_id": "go", "text": plain("Go"), "value": "d1:1"},
]
MENUS: list[Json] = [{"type": "actions", "block_id": "menus", "elements": ELEMENTS}]
PICKS = [
    ("campaign", "winter", {"selected_option": options("winter")[0]}),
    ("campaign", "Winter", {"selected_option": options("winter")[0]}),
    ("assignee", "U01ALICE", {"selected_user": "U01ALICE"}),
    ("ticks", ["three", "one"], {"selected_options": options("one", "three")}),
    ("risk", "review", {"selected_option": options("review")[0]}),
    ("more", "snooze:d1:1", {"selected_option": options("snooze:d1:1")[0]}),
]
STANDING = {
    "campaign": {"type": "static_select", "selected_option": None},
    "assignee": {"type": "users_select", "selected_user": "U02BOB"},
    "ticks": {"type": "checkboxes", "selected_options": []},
    "risk": {"type": "radio_buttons", "selected_option": options("low")[0]},
}


def picked(payload: Json) -> Json:
    (action,) = payload["actions"]
    found: Json = action
    return found


@pytest.fixture
def menus(slack: WebClient, sandbox: SandboxClient) -> Json:
    slack.chat_postMessage(channel="U01ALICE", text="Menus", blocks=MENUS)
    return sandbox.messages("U01ALICE")[0]


@pytest.mark.parametrize(("action_id", "option", "expected"), PICKS)
def test_a_pick_in_a_message_carries_what_was_picked_and_the_state_of_the_rest(
    sandbox: SandboxClient, app: AppUnderTest, menus: Json, action_id: str, option: Any, expected: Json
) -> None:
    assert sandbox.click("U01ALICE", menus, action_id, option=option).ok
    payload = app.payload()
    action = picked(payload)
    assert {key: action[key] for key in expected} == expected
    assert (action["action_id"], action["block_id"], "value" in action) == (action_id, "menus", False)
    assert payload["container"]["type"] == "message"
    changed = {} if action_id == "more" else {action_id: {"type": action["type"], **expected}}
    assert payload["state"]["values"]["menus"] == STANDING | changed


def test_a_button_beside_menus_carries_what_was_put_into_them(
    sandbox: SandboxClient, app: AppUnderTest, menus: Json
) -> None:
    sandbox.click("U01ALICE", menus, "go", values={"campaign": "launch", "ticks": ["two"]})
    state = app.payload()["state"]["values"]["menus"]
    assert state["campaign"]["selected_option"] == options("launch")[0]
    assert state["ticks"]["selected_options"] == options("two")
    assert picked(app.payload())["value"] == "d1:1"


@pytest.mark.parametrize(
    ("action_id", "option", "code"),
    [
        ("campaign", "summer", "option_not_found"),
        ("ticks", ["four"], "option_not_found"),
        ("more", None, "option_not_found"),
        ("assignee", "U99NOBODY", "user_not_found"),
    ],
)
def test_nobody_can_pick_what_is_not_on_offer(
    sandbox: SandboxClient, app: AppUnderTest, menus: Json, action_id: str, option: Any, code: str
) -> None:
    with pytest.raises(Mistake, match=code):
        sandbox.click("U01ALICE", menus, action_id, option=option)
    assert app.got == []


def test_a_select_can_be_emptied(sandbox: SandboxClient, app: AppUnderTest, menus: Json) -> None:
    sandbox.click("U01ALICE", menus, "campaign", option=None)
    assert picked(app.payload())["selected_option"] is None


INPUTS: list[Json] = [
    {
        "type": "input",
        "block_id": f"in_{element['action_id']}",
        "label": plain(element["action_id"]),
        "element": element,
        "optional": element["action_id"] == "ticks",
    }
    for element in [
        *ELEMENTS[:4],
        {"type": "plain_text_input", "action_id": "note"},
        {"type": "datepicker", "action_id": "day"},
        {"type": "timepicker", "action_id": "hour", "initial_time": "09:00"},
        {"type": "email_text_input", "action_id": "address"},
        {"type": "number_input", "action_id": "count", "is_decimal_allowed": False},
    ]
]
FORM: Json = {"type": "modal", "title": plain("All"), "submit": plain("Save"), "blocks": INPUTS}
FILLED = {"campaign": "winter", "note": "Hi", "day": "2026-12-01", "address": "a@example.org", "count": "3"}


def test_a_submitted_modal_carries_every_input_in_slacks_shape(
    slack: WebClient, sandbox: SandboxClient, app: AppUnderTest
) -> None:
    assert sandbox.submit("U01ALICE", opened(slack, sandbox, app, FORM), FILLED).ok
    assert app.payload()["view"]["state"]["values"] == {
        "in_campaign": {"campaign": {"type": "static_select", "selected_option": options("winter")[0]}},
        "in_assignee": {"assignee": STANDING["assignee"]},
        "in_ticks": {"ticks": STANDING["ticks"]},
        "in_risk": {"risk": STANDING["risk"]},
        "in_note": {"note": {"type": "plain_text_input", "value": "Hi"}},
        "in_day": {"day": {"type": "datepicker", "selected_date": "2026-12-01"}},
        "in_hour": {"hour": {"type": "timepicker", "selected_time": "09:00"}},
        "in_address": {"address": {"type": "email_text_input", "value": "a@example.org"}},
        "in_count": {"count": {"type": "number_input", "value": "3"}},
    }


def test_a_modal_with_a_gap_or_a_wrong_form_is_never_sent(
    slack: WebClient, sandbox: SandboxClient, app: AppUnderTest
) -> None:
    view = opened(slack, sandbox, app, FORM)
    before = len(app.got)
    result = sandbox.submit("U01ALICE", view, FILLED | {"campaign": None, "address": "nobody", "count": "many"})
    assert (result.sent, set(result.errors)) == (False, {"in_campaign", "in_address", "in_count"})
    with pytest.raises(Mistake, match="option_not_found"):
        sandbox.submit("U01ALICE", view, FILLED | {"campaign": "summer"})
    assert len(app.got) == before


def test_a_menu_in_a_modal_speaks_at_once_and_an_input_only_when_it_dispatches(
    slack: WebClient, sandbox: SandboxClient, app: AppUnderTest
) -> None:
    blocks = [*MENUS, INPUTS[4], {**INPUTS[0], "block_id": "loud", "dispatch_action": True}]
    blocks[2]["element"] = ELEMENTS[0] | {"action_id": "loud"}
    view = opened(slack, sandbox, app, FORM | {"blocks": blocks})
    sandbox.click_view("U01ALICE", view, "assignee", option="U03CAROL")
    payload = app.payload()
    assert payload["container"] == {"type": "view", "view_id": view["id"]}
    assert payload["view"]["state"]["values"]["menus"]["assignee"]["selected_user"] == "U03CAROL"
    assert picked(payload)["selected_user"] == "U03CAROL"
    sandbox.click_view("U01ALICE", view, "loud", option="launch")
    assert app.payload()["view"]["state"]["values"]["loud"]["loud"]["selected_option"] == options("launch")[0]
    with pytest.raises(Mistake, match="action_not_dispatched"):
        sandbox.click_view("U01ALICE", view, "note", value="x")


def test_nobody_clicks_in_a_view_of_somebody_else(slack: WebClient, sandbox: SandboxClient, app: AppUnderTest) -> None:
    view = opened(slack, sandbox, app, FORM | {"blocks": card()})
    with pytest.raises(Mistake, match="not_found"):
        sandbox.click_view("U02BOB", view, "approve_send")
