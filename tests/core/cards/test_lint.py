"""Each limit of Block Kit: what stands right at it passes, one more fails."""

from collections.abc import Callable
from typing import Any

import pytest

from core.cards.limits.lint import MESSAGE_CHARACTERS, blocks_length, lint_message, lint_view

Json = dict[str, Any]


def plain(length: int) -> Json:
    return {"type": "plain_text", "text": "x" * length}


def mrkdwn(length: int) -> Json:
    return {"type": "mrkdwn", "text": "x" * length}


def button(**more: Any) -> Json:
    return {"type": "button", "text": plain(4), "action_id": "go", **more}


def buttons(count: int) -> list[Json]:
    return [button(action_id=f"go{n}") for n in range(count)]


def actions(*elements: Json, **more: Any) -> Json:
    return {"type": "actions", "elements": list(elements), **more}


def option(number: int = 0, **more: Any) -> Json:
    return {"text": plain(4), "value": f"v{number}", **more}


def menu(**more: Any) -> Json:
    return {"type": "static_select", "action_id": "pick", "options": [option()], **more}


def question(element: Json | None = None, **more: Any) -> Json:
    return {"type": "input", "label": plain(4), "element": element or {"type": "plain_text_input"}, **more}


def typed(**more: Any) -> Json:
    return {"type": "plain_text_input", "action_id": "say", **more}


def section(**more: Any) -> Json:
    return {"type": "section", **more}


def confirm(title: int = 1, text: int = 1, yes: int = 1, no: int = 1) -> Json:
    return {"title": plain(title), "text": plain(text), "confirm": plain(yes), "deny": plain(no)}


def message(*blocks: Json) -> list[str]:
    return lint_message({"text": "what it says", "blocks": list(blocks)})


def modal(*blocks: Json, **more: Any) -> list[str]:
    return lint_view({"type": "modal", "title": plain(4), "submit": plain(4), "blocks": list(blocks), **more})


def ticks(kind: str, count: int) -> Json:
    return {"type": kind, "options": [option(n) for n in range(count)], "action_id": "tick"}


IN_A_MESSAGE: dict[str, tuple[Callable[[int], list[Json]], int]] = {
    "header": (lambda n: [{"type": "header", "text": plain(n)}], 150),
    "section text": (lambda n: [section(text=mrkdwn(n))], 3000),
    "field": (lambda n: [section(fields=[mrkdwn(n)])], 2000),
    "fields": (lambda n: [section(fields=[mrkdwn(9)] * n)], 10),
    "context elements": (lambda n: [{"type": "context", "elements": [mrkdwn(1)] * n}], 10),
    "actions elements": (lambda n: [actions(*buttons(n))], 25),
    "blocks": (lambda n: [{"type": "divider"}] * n, 50),
    "block_id": (lambda n: [{"type": "divider", "block_id": "x" * n}], 255),
    "action_id": (lambda n: [actions(button(action_id="x" * n))], 255),
    "button text": (lambda n: [actions(button(text=plain(n)))], 75),
    "button value": (lambda n: [actions(button(value="x" * n))], 2000),
    "button url": (lambda n: [actions(button(url="https://example.com/".ljust(n, "x")))], 3000),
    "button accessibility_label": (lambda n: [actions(button(accessibility_label="x" * n))], 75),
    "confirm title": (lambda n: [actions(button(confirm=confirm(title=n)))], 100),
    "confirm text": (lambda n: [actions(button(confirm=confirm(text=n)))], 300),
    "confirm confirm": (lambda n: [actions(button(confirm=confirm(yes=n)))], 30),
    "confirm deny": (lambda n: [actions(button(confirm=confirm(no=n)))], 30),
    "option text": (lambda n: [actions(menu(options=[option(text=plain(n))]))], 75),
    "option value": (lambda n: [actions(menu(options=[option(value="x" * n)]))], 150),
    "option description": (lambda n: [actions(menu(options=[option(description=plain(n))]))], 75),
    "options": (lambda n: [actions(menu(options=[option(i) for i in range(n)]))], 100),
    "placeholder": (lambda n: [actions(menu(placeholder=plain(n)))], 150),
    "overflow options": (lambda n: [actions(ticks("overflow", n))], 5),
    "checkboxes": (lambda n: [actions(ticks("checkboxes", n))], 10),
    "radio buttons": (lambda n: [actions(ticks("radio_buttons", n))], 10),
    "image alt_text": (
        lambda n: [{"type": "image", "image_url": "https://example.com/a.png", "alt_text": "x" * n}],
        2000,
    ),
    "image url": (lambda n: [{"type": "image", "image_url": "https://e.com/".ljust(n, "x"), "alt_text": "a"}], 3000),
}

IN_A_MODAL: dict[str, tuple[Callable[[int], list[str]], int]] = {
    "blocks": (lambda n: modal(*[{"type": "divider"}] * n), 100),
    "title": (lambda n: modal({"type": "divider"}, title=plain(n)), 24),
    "submit": (lambda n: modal({"type": "divider"}, submit=plain(n)), 24),
    "close": (lambda n: modal({"type": "divider"}, close=plain(n)), 24),
    "private_metadata": (lambda n: modal({"type": "divider"}, private_metadata="x" * n), 3000),
    "callback_id": (lambda n: modal({"type": "divider"}, callback_id="x" * n), 255),
    "external_id": (lambda n: modal({"type": "divider"}, external_id="x" * n), 255),
    "input label": (lambda n: modal(question(label=plain(n))), 2000),
    "input hint": (lambda n: modal(question(hint=plain(n))), 2000),
    "input initial_value": (lambda n: modal(question(typed(initial_value="x" * n))), 3000),
    "input max_length": (lambda n: modal(question(typed(max_length=n))), 3000),
    "input initial_value within max_length": (
        lambda n: modal(question(typed(initial_value="x" * n, max_length=200))),
        200,
    ),
    "input min_length within max_length": (lambda n: modal(question(typed(min_length=n, max_length=200))), 200),
    "input placeholder": (lambda n: modal(question(typed(placeholder=plain(n)))), 150),
    "blocks of a home": (lambda n: lint_view({"type": "home", "blocks": [{"type": "divider"}] * n}), 100),
}

WRONG: dict[str, list[str]] = {
    "an unknown block": message({"type": "carousel"}),
    "a block without a type": message({"text": plain(1)}),
    "an unknown key": message({"type": "divider", "colour": "red"}),
    "an unknown element": message(actions({"type": "slider", "action_id": "a"})),
    "an empty text": message(section(text=mrkdwn(0))),
    "a section without text and fields": message(section()),
    "no fields": message(section(fields=[])),
    "no elements": message(actions()),
    "mrkdwn in a header": message({"type": "header", "text": mrkdwn(1)}),
    "mrkdwn in a button": message(actions(button(text=mrkdwn(1)))),
    "emoji in mrkdwn": message(section(text={**mrkdwn(1), "emoji": True})),
    "an unknown style": message(actions(button(style="secondary"))),
    "a url that is none": message(actions(button(url="example.com"))),
    "a url with a space": message(actions(button(url="https://example.com/a b"))),
    "a script as a url": message(actions(button(url="javascript:alert(1)"))),
    "a url that cannot be read": message(actions(button(url="http://[::1"))),
    "a button without a text": message(actions({"type": "button", "action_id": "a"})),
    "an image without alt_text": message({"type": "image", "image_url": "https://example.com/a.png"}),
    "two blocks with one block_id": message({"type": "divider", "block_id": "a"}, {"type": "divider", "block_id": "a"}),
    "two elements with one action_id": message(actions(button(), button())),
    "half a confirm dialog": message(actions(button(confirm={"title": plain(1)}))),
    "a menu without options": message(actions({"type": "static_select", "action_id": "a"})),
    "options and option_groups": message(
        actions(menu(option_groups=[{"label": plain(1), "options": [option()]}])),
    ),
    "an initial option that is not there": message(actions(menu(initial_option=option(7)))),
    "two options with one value": message(actions(menu(options=[option(), option()]))),
    "blocks that are no list": lint_message({"text": "x", "blocks": {"type": "divider"}}),
    "a block that is no object": lint_message({"text": "x", "blocks": ["divider"]}),
    "a number for a text": message(section(text={"type": "mrkdwn", "text": 5})),
    "no text": lint_message({"blocks": [{"type": "divider"}]}),
    "a blank text": lint_message({"text": " \n"}),
    "an input without submit": lint_view({"type": "modal", "title": plain(1), "blocks": [question()]}),
    "a modal without a title": lint_view({"type": "modal", "blocks": [{"type": "divider"}]}),
    "a modal without blocks": lint_view({"type": "modal", "title": plain(1)}),
    "a home with a title": lint_view({"type": "home", "title": plain(1), "blocks": []}),
    "an unknown view": lint_view({"type": "workflow_step", "blocks": []}),
    "an input without an element": modal({"type": "input", "label": plain(1)}),
    "a button in an input": modal(question(button())),
    "an input in actions": message(actions(typed())),
    "two elements with focus": modal(question(typed(focus_on_load=True)), question(typed(focus_on_load=True))),
    "a word for a flag": modal(question(typed(multiline="yes"))),
    "a flag for a number": modal(question(typed(max_length=True))),
}


@pytest.mark.parametrize("what", IN_A_MESSAGE)
def test_a_message_may_go_up_to_each_limit_and_not_beyond(what: str) -> None:
    build, limit = IN_A_MESSAGE[what]
    assert message(*build(limit)) == []
    assert message(*build(limit + 1)) != []


@pytest.mark.parametrize("what", IN_A_MODAL)
def test_a_view_may_go_up_to_each_limit_and_not_beyond(what: str) -> None:
    check, limit = IN_A_MODAL[what]
    assert check(limit) == []
    assert check(limit + 1) != []


@pytest.mark.parametrize("what", WRONG)
def test_what_slack_refuses_is_refused(what: str) -> None:
    assert WRONG[what] != []


def test_a_fault_names_the_place_and_the_reason() -> None:
    assert message({"type": "divider"}, section(text=mrkdwn(3001))) == [
        "must be less than 3001 characters [json-pointer:/blocks/1/text/text]"
    ]


def test_all_texts_of_a_message_together_have_a_limit() -> None:
    full = [section(text=mrkdwn(3000))] * (MESSAGE_CHARACTERS // 3000)
    rest = MESSAGE_CHARACTERS % 3000
    assert blocks_length([*full, section(text=mrkdwn(rest))]) == MESSAGE_CHARACTERS
    assert message(*full, section(text=mrkdwn(rest))) == []
    assert message(*full, section(text=mrkdwn(rest + 1))) == [
        "msg_blocks_too_long: must be less than 13201 characters in all [json-pointer:/blocks]"
    ]


def test_the_text_of_an_update_is_shorter_than_that_of_a_post() -> None:
    assert lint_message({"text": "x" * 40_000}) == []
    assert lint_message({"text": "x" * 40_001}) != []
    assert lint_message({"text": "x" * 4_000, "ts": "1.1"}) == []
    assert lint_message({"text": "x" * 4_001, "ts": "1.1"}) != []


def test_a_view_is_at_most_250_kb() -> None:
    blocks = [section(text=mrkdwn(2500))] * 96
    assert modal(*blocks) == []
    assert modal(*blocks, *[section(text=mrkdwn(2500))] * 4) == [
        "view_too_large: no more than 250000 bytes allowed [json-pointer:/]"
    ]


def test_a_whole_card_and_a_whole_modal_pass() -> None:
    assert (
        message(
            {"type": "header", "text": plain(20)},
            section(text=mrkdwn(200), accessory=menu()),
            section(fields=[mrkdwn(20), plain(20)]),
            {"type": "divider"},
            {
                "type": "context",
                "elements": [mrkdwn(30), {"type": "image", "image_url": "https://e.com/a", "alt_text": "a"}],
            },
            actions(
                button(style="danger", confirm=confirm()), button(action_id="b", url="http://127.0.0.1:8000/drafts/1")
            ),
        )
        == []
    )
    assert (
        modal(
            question(typed(multiline=True, initial_value="", min_length=0), block_id="body", optional=True),
            question(ticks("radio_buttons", 3)),
            question({"type": "users_select", "action_id": "who"}),
            question({"type": "datepicker", "action_id": "day", "initial_date": "2026-11-20"}),
            notify_on_close=True,
        )
        == []
    )
