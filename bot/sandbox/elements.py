"""Interactive elements: finding one in blocks, and the state that a person's choice gives it.

https://docs.slack.dev/reference/interaction-payloads/view-interactions-payload#view_submission (state.values)
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from bot.sandbox.errors import SlackError
from bot.sandbox.state import Json

PICKS_ONE = frozenset({"static_select", "radio_buttons", "overflow"})
STATELESS = frozenset({"button", "overflow"})  # they are pressed, and hold nothing
KEYS = {"users_select": "selected_user", "datepicker": "selected_date", "timepicker": "selected_time"}
FORMS = {
    "email_text_input": re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+"),
    "url_text_input": re.compile(r"https?://\S+"),
    "number_input": re.compile(r"-?\d+(\.\d+)?"),
}
REQUIRED = "Please complete this required field."


@dataclass(frozen=True)
class Found:
    """An element and the block that holds it."""

    block: Json
    element: Json


@dataclass(frozen=True)
class Used(Found):
    """An element that a person used: the `value` they gave it, and `values`, the state of all that stands around it."""

    value: Any
    values: Json


def interactive(blocks: list[Json]) -> Iterator[Found]:
    """Every element that has an action_id."""
    for block in blocks:
        for element in [*block.get("elements", []), block.get("accessory"), block.get("element")]:
            if isinstance(element, dict) and "action_id" in element:
                yield Found(block, element)


def find(blocks: list[Json], action_id: str, block_id: str | None = None) -> Found:
    """The element with that action_id; raises action_not_found: there is no such button (any more)."""
    for found in interactive(blocks):
        if found.element["action_id"] == action_id and block_id in {None, found.block.get("block_id")}:
            return found
    raise SlackError("action_not_found")


def chosen(element: Json, value: Any) -> Json:
    """The state of an element: `value` is text, an option, a list of those, a date, a member's id, or None.

    An option is named by its value or by what a person reads on it; raises option_not_found.
    """
    kind = element["type"]
    if kind in PICKS_ONE:
        nothing = kind != "overflow" and value in (None, "")
        return {"selected_option": None if nothing else _option(element, value)}
    if kind == "checkboxes":
        ticked = [_option(element, one) for one in _listed(value)]
        return {"selected_options": [o for o in options(element) if o in ticked]}
    if kind in KEYS:
        return {KEYS[kind]: value or None}
    return {"value": str(value) if value not in (None, "") else None}


def _option(element: Json, named: Any) -> Json:
    listed = options(element)
    by_value = (option for option in listed if option["value"] == named)
    by_words = (option for option in listed if option["text"]["text"] == named)
    option = next(by_value, None) or next(by_words, None)
    if option is None:
        raise SlackError("option_not_found")
    return option


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value in (None, "") else [value]


def options(element: Json) -> list[Json]:
    """The options of an element, also those in groups."""
    grouped = [option for group in element.get("option_groups", []) for option in group["options"]]
    return [*element.get("options", []), *grouped]


def initial(element: Json) -> Any:
    """What an element holds before a person touches it, in the form that `chosen` takes."""
    if "initial_option" in element:
        return element["initial_option"]["value"]
    if "initial_options" in element:
        return [option["value"] for option in element["initial_options"]]
    for key in ("initial_value", "initial_user", "initial_date", "initial_time"):
        if key in element:
            return element[key]
    return None


def filled_in(blocks: list[Json], typed: Json) -> tuple[Json, Json]:
    """The `state.values` of blocks, and what Slack's own client says before it sends a modal (block_id: sentence).

    `typed` maps an action_id, or a block_id to its action_ids, to what the person put there; the rest stays as it was.
    """
    values: Json = {}
    complaints: Json = {}
    for found in interactive(blocks):
        block, element = found.block, found.element
        if element["type"] in STATELESS:
            continue
        state = chosen(element, _typed(typed, block["block_id"], element))
        values.setdefault(block["block_id"], {})[element["action_id"]] = {"type": element["type"], **state}
        if block["type"] == "input" and (complaint := _complaint(block, element, state)):
            complaints[block["block_id"]] = complaint
    return values, complaints


def with_choice(typed: Json, found: Found, value: Any) -> Json:
    """What was filled in before, with what was just picked in `found`."""
    if found.element["type"] in STATELESS:
        return typed
    inside = typed.get(found.block["block_id"])
    others = inside if isinstance(inside, dict) else {}
    return typed | {found.block["block_id"]: others | {found.element["action_id"]: value}}


def _typed(typed: Json, block_id: str, element: Json) -> Any:
    action_id = element["action_id"]
    inside = typed.get(block_id)
    if isinstance(inside, dict) and action_id in inside:
        return inside[action_id]
    return typed.get(action_id, initial(element))


def _complaint(block: Json, element: Json, state: Json) -> str | None:
    value = next(iter(state.values()))
    if not value:
        return None if block.get("optional") else REQUIRED
    if not isinstance(value, str):
        return None
    if element["type"] in FORMS and not FORMS[element["type"]].fullmatch(value):
        return "Please check the format."
    most, least = element.get("max_length", 3000), element.get("min_length", 0)
    if len(value) > most:
        return f"Must be at most {most} characters."
    if len(value) < least:
        return f"Must be at least {least} characters."
    return None
