"""The shapes of Block Kit as tables: which keys an object has, and how long each may be.

Source of every number: Slack's Block Kit reference, https://docs.slack.dev/reference/block-kit (the page of the block,
element or composition object that a table is named after). Lengths are in characters, counts in items.

A rule takes a value and its JSON pointer and yields one sentence per fault, worded as Slack words them in
`response_metadata.messages`. Only what Signoff may use is described: a block or key that is not here is refused.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

Rule = Callable[[Any, str], Iterator[str]]


def fault(sentence: str, at: str) -> str:
    """One fault as Slack words it, with the JSON pointer of the place."""
    return f"{sentence} [json-pointer:{at or '/'}]"


def string(longest: int, shortest: int = 1) -> Rule:
    """A string of `shortest` to `longest` characters."""

    def check(value: Any, at: str) -> Iterator[str]:
        if not isinstance(value, str):
            yield fault("must provide a string", at)
        elif len(value) > longest:
            yield fault(f"must be less than {longest + 1} characters", at)
        elif len(value) < shortest:
            yield fault(f"must be more than {shortest - 1} characters", at)

    return check


def url(longest: int = 3000) -> Rule:
    """An absolute http or https address."""
    length = string(longest)

    def check(value: Any, at: str) -> Iterator[str]:
        faults = list(length(value, at))
        yield from faults
        if not faults and not _is_web_address(value):
            yield fault("must be a valid url", at)

    return check


def _is_web_address(value: str) -> bool:
    try:
        parts = urlsplit(value)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.netloc) and not any(c.isspace() for c in value)


def flag(value: Any, at: str) -> Iterator[str]:
    """True or false."""
    if not isinstance(value, bool):
        yield fault("must provide a boolean", at)


def number(lowest: int, highest: int) -> Rule:
    """A whole number within bounds."""

    def check(value: Any, at: str) -> Iterator[str]:
        if isinstance(value, bool) or not isinstance(value, int):
            yield fault("must provide a number", at)
        elif not lowest <= value <= highest:
            yield fault(f"must be between {lowest} and {highest}", at)

    return check


def among(*words: str) -> Rule:
    """One of a few words."""

    def check(value: Any, at: str) -> Iterator[str]:
        if value not in words:
            yield fault(f"must be a valid enum value: {', '.join(words)}", at)

    return check


def each(rule: Rule, most: int, least: int = 1) -> Rule:
    """A list of `least` to `most` items that all keep one rule."""

    def check(value: Any, at: str) -> Iterator[str]:
        if not isinstance(value, list):
            yield fault("must provide an array", at)
            return
        if len(value) > most:
            yield fault(f"no more than {most} items allowed", at)
        if len(value) < least:
            yield fault(f"must have at least {least} items", at)
        for index, item in enumerate(value):
            yield from rule(item, f"{at}/{index}")

    return check


def record(
    required: Mapping[str, Rule], optional: Mapping[str, Rule] | None = None, any_of: tuple[str, ...] = ()
) -> Rule:
    """An object with these keys and no others; at least one of `any_of` where that is given."""
    known = {**required, **(optional or {})}

    def check(value: Any, at: str) -> Iterator[str]:
        if not isinstance(value, dict):
            yield fault("must provide an object", at)
            return
        for key in required:
            if key not in value:
                yield fault(f"missing required field: {key}", at)
        for key, item in value.items():
            if key in known:
                yield from known[key](item, f"{at}/{key}")
            else:
                yield fault(f"unsupported field: {key}", at)
        if any_of and not any(key in value for key in any_of):
            yield fault(f"must provide one of: {', '.join(any_of)}", at)

    return check


def typed(table: Mapping[str, Rule]) -> Rule:
    """An object whose `type` names its rule."""

    def check(value: Any, at: str) -> Iterator[str]:
        kind = value.get("type") if isinstance(value, dict) else None
        if isinstance(kind, str) and kind in table:
            yield from table[kind](value, at)
        else:
            yield fault(f"unsupported type: {kind}", f"{at}/type")

    return check


def anything(_value: Any, _at: str) -> Iterator[str]:
    """No rule."""
    yield from ()


# --- composition objects -----------------------------------------------------------------------------------------


def plain(longest: int) -> Rule:
    """A `plain_text` object."""
    return typed({"plain_text": record({"type": anything, "text": string(longest)}, {"emoji": flag})})


def text(longest: int) -> Rule:
    """A `plain_text` or `mrkdwn` object."""
    return typed(
        {
            "plain_text": record({"type": anything, "text": string(longest)}, {"emoji": flag}),
            "mrkdwn": record({"type": anything, "text": string(longest)}, {"verbatim": flag}),
        }
    )


IDENTIFIER = string(255)
STYLE = among("primary", "danger")
CONFIRM = record(
    {"title": plain(100), "text": text(300), "confirm": plain(30), "deny": plain(30)}, {"style": STYLE}
)  # /composition-objects/confirmation-dialog-object
OPTION = record({"text": plain(75), "value": string(150)}, {"description": plain(75)})
RICH_OPTION = record({"text": text(75), "value": string(150)}, {"description": text(75)})  # radio buttons, checkboxes
LINK_OPTION = record({"text": plain(75), "value": string(150)}, {"description": plain(75), "url": url()})  # overflow
OPTION_GROUP = record({"label": plain(75), "options": each(OPTION, 100)})
DISPATCH = record({}, {"trigger_actions_on": each(among("on_enter_pressed", "on_character_entered"), 2)})

# --- elements ----------------------------------------------------------------------------------------------------

_ANY = {"action_id": IDENTIFIER}
_ASKS = {**_ANY, "placeholder": plain(150), "focus_on_load": flag}
_MENU = {**_ASKS, "confirm": CONFIRM}
_INPUT = {**_ASKS, "dispatch_action_config": DISPATCH}
_TYPE = {"type": anything}

BUTTON = record(
    {**_TYPE, "text": plain(75)},
    {
        **_ANY,
        "url": url(),
        "value": string(2000),
        "style": STYLE,
        "confirm": CONFIRM,
        "accessibility_label": string(75),
    },
)
IMAGE_ELEMENT = record({**_TYPE, "image_url": url(), "alt_text": string(2000)})
STATIC_SELECT = record(
    _TYPE,
    {**_MENU, "options": each(OPTION, 100), "option_groups": each(OPTION_GROUP, 100), "initial_option": OPTION},
    any_of=("options", "option_groups"),
)
USERS_SELECT = record(_TYPE, {**_MENU, "initial_user": string(255)})
OVERFLOW = record({**_TYPE, "options": each(LINK_OPTION, 5)}, {**_ANY, "confirm": CONFIRM})
CHECKBOXES = record(
    {**_TYPE, "options": each(RICH_OPTION, 10)},
    {**_ANY, "initial_options": each(RICH_OPTION, 10), "confirm": CONFIRM, "focus_on_load": flag},
)
RADIO_BUTTONS = record(
    {**_TYPE, "options": each(RICH_OPTION, 10)},
    {**_ANY, "initial_option": RICH_OPTION, "confirm": CONFIRM, "focus_on_load": flag},
)
DATEPICKER = record(_TYPE, {**_MENU, "initial_date": string(10, 10)})
TIMEPICKER = record(_TYPE, {**_MENU, "initial_time": string(5, 5), "timezone": string(255)})
PLAIN_TEXT_INPUT = record(
    _TYPE,
    {
        **_INPUT,
        "initial_value": string(3000, 0),
        "multiline": flag,
        "min_length": number(0, 3000),
        "max_length": number(1, 3000),
    },
)
SHORT_TEXT_INPUT = record(_TYPE, {**_INPUT, "initial_value": string(3000, 0)})
NUMBER_INPUT = record(
    {**_TYPE, "is_decimal_allowed": flag},
    {**_INPUT, "initial_value": string(255), "min_value": string(255), "max_value": string(255)},
)

_PICKERS = {
    "static_select": STATIC_SELECT,
    "users_select": USERS_SELECT,
    "checkboxes": CHECKBOXES,
    "radio_buttons": RADIO_BUTTONS,
    "datepicker": DATEPICKER,
    "timepicker": TIMEPICKER,
}
ACTION_ELEMENTS = {**_PICKERS, "button": BUTTON, "overflow": OVERFLOW}
ACCESSORIES = {**ACTION_ELEMENTS, "image": IMAGE_ELEMENT}
INPUT_ELEMENTS = {
    **_PICKERS,
    "plain_text_input": PLAIN_TEXT_INPUT,
    "email_text_input": SHORT_TEXT_INPUT,
    "url_text_input": SHORT_TEXT_INPUT,
    "number_input": NUMBER_INPUT,
}
CONTEXT_ELEMENTS = {"image": IMAGE_ELEMENT, "plain_text": plain(3000), "mrkdwn": text(3000)}

# --- blocks ------------------------------------------------------------------------------------------------------

_BLOCK_ID = {"block_id": IDENTIFIER}

BLOCKS: dict[str, Rule] = {
    "header": record({**_TYPE, "text": plain(150)}, _BLOCK_ID),
    "section": record(
        _TYPE,
        {
            **_BLOCK_ID,
            "text": text(3000),
            "fields": each(text(2000), 10),
            "accessory": typed(ACCESSORIES),
            "expand": flag,
        },
        any_of=("text", "fields"),
    ),
    "divider": record(_TYPE, _BLOCK_ID),
    "image": record({**_TYPE, "image_url": url(), "alt_text": string(2000)}, {**_BLOCK_ID, "title": plain(2000)}),
    "context": record({**_TYPE, "elements": each(typed(CONTEXT_ELEMENTS), 10)}, _BLOCK_ID),
    "actions": record({**_TYPE, "elements": each(typed(ACTION_ELEMENTS), 25)}, _BLOCK_ID),
    "input": record(
        {**_TYPE, "label": plain(2000), "element": typed(INPUT_ELEMENTS)},
        {**_BLOCK_ID, "dispatch_action": flag, "hint": plain(2000), "optional": flag},
    ),
}

# --- views: /reference/views/modal-views and /reference/views/home-tab-views ----------------------------------------

_VIEW = {"private_metadata": string(3000, 0), "callback_id": string(255, 0), "external_id": string(255, 0)}

VIEWS: dict[str, Rule] = {
    "modal": record(
        {**_TYPE, "title": plain(24), "blocks": each(typed(BLOCKS), 100)},
        {
            **_VIEW,
            "submit": plain(24),
            "close": plain(24),
            "clear_on_close": flag,
            "notify_on_close": flag,
            "submit_disabled": flag,
        },
    ),
    "home": record({**_TYPE, "blocks": each(typed(BLOCKS), 100, least=0)}, _VIEW),
}
