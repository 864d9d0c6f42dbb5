"""One linter for every Block Kit payload: what it refuses, Slack would refuse too.

The bot calls it before a payload leaves; the sandbox calls it to answer as Slack does. In: a payload as a dict.
Out: a list of sentences, each with the JSON pointer of its place; empty when Slack would take it.
The shapes and their numbers are in `shapes.py`; here is what spans more than one object.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from core.cards.limits.shapes import BLOCKS, VIEWS, each, fault, typed

TEXT_LIMIT = 40_000  # chat.postMessage cuts a longer text: https://docs.slack.dev/reference/methods/chat.postMessage
UPDATE_TEXT_LIMIT = 4_000  # chat.update, error msg_too_long: https://docs.slack.dev/reference/methods/chat.update
MESSAGE_BLOCKS = 50  # https://docs.slack.dev/reference/block-kit/blocks
MESSAGE_CHARACTERS = 13_200  # undocumented; above it chat.postMessage answers msg_blocks_too_long
VIEW_BYTES = 250_000  # error view_too_large: https://docs.slack.dev/reference/methods/views.open


def lint_message(payload: dict[str, Any]) -> list[str]:
    """The faults of what goes to chat.postMessage, chat.postEphemeral, chat.update (it has `ts`) or a response_url."""
    return [*text_faults(payload), *block_faults(payload.get("blocks")), *total_faults(payload.get("blocks"))]


def lint_view(view: dict[str, Any]) -> list[str]:
    """The faults of a modal or a Home view, as views.open, views.update and views.publish take it."""
    faults = list(typed(VIEWS)(view, ""))
    blocks = view.get("blocks") if isinstance(view, dict) else None
    if not isinstance(blocks, list):
        return faults
    faults += _across(blocks)
    if view.get("type") == "modal" and "submit" not in view and any(_kind(b) == "input" for b in blocks):
        faults.append(fault("missing required field: submit (the view has input blocks)", ""))
    if len(json.dumps(view, ensure_ascii=False).encode()) > VIEW_BYTES:
        faults.append(fault(f"view_too_large: no more than {VIEW_BYTES} bytes allowed", ""))
    return faults


def text_faults(payload: dict[str, Any]) -> Iterator[str]:
    """`text` is what a notification and a screen reader say, so it is required beside blocks too (DESIGN §6)."""
    text = payload.get("text")
    limit = UPDATE_TEXT_LIMIT if "ts" in payload else TEXT_LIMIT
    if not isinstance(text, str) or not text.strip():
        yield fault("no_text: missing required field: text", "/text")
    elif len(text) > limit:
        yield fault(f"msg_too_long: must be less than {limit + 1} characters", "/text")


def block_faults(blocks: Any) -> Iterator[str]:
    """The faults of a message's blocks; None is a message without any."""
    if blocks is None:
        return
    yield from each(typed(BLOCKS), MESSAGE_BLOCKS, least=0)(blocks, "/blocks")
    if isinstance(blocks, list):
        yield from _across(blocks)


def total_faults(blocks: Any) -> Iterator[str]:
    """A message's blocks must not say too much in all."""
    if blocks_length(blocks) > MESSAGE_CHARACTERS:
        yield fault(f"msg_blocks_too_long: must be less than {MESSAGE_CHARACTERS + 1} characters in all", "/blocks")


def blocks_length(blocks: Any) -> int:
    """The characters of all texts in these blocks together: what `MESSAGE_CHARACTERS` limits."""
    if isinstance(blocks, dict):
        own = blocks.get("text")
        return (len(own) if isinstance(own, str) else 0) + sum(blocks_length(value) for value in blocks.values())
    if isinstance(blocks, list):
        return sum(blocks_length(item) for item in blocks)
    return 0


def _across(blocks: Sequence[Any]) -> Iterator[str]:
    """What no single object can know: ids that must differ, values that must agree."""
    yield from _repeated((b.get("block_id") for b in blocks if isinstance(b, dict)), "block_id", "/blocks")
    focused = 0
    for index, block in enumerate(blocks):
        elements = list(_elements(block, f"/blocks/{index}"))
        yield from _repeated((e.get("action_id") for e, _ in elements), "action_id", f"/blocks/{index}")
        for element, at in elements:
            focused += element.get("focus_on_load") is True
            yield from _element_faults(element, at)
    if focused > 1:
        yield fault("only one element may have focus_on_load", "/blocks")


def _elements(block: Any, at: str) -> Iterator[tuple[dict[str, Any], str]]:
    if not isinstance(block, dict):
        return
    for key in ("element", "accessory"):
        if isinstance(block.get(key), dict):
            yield block[key], f"{at}/{key}"
    listed = block.get("elements")
    for index, element in enumerate(listed if isinstance(listed, list) else []):
        if isinstance(element, dict):
            yield element, f"{at}/elements/{index}"


def _element_faults(element: dict[str, Any], at: str) -> Iterator[str]:
    if element.get("type") == "plain_text_input":
        yield from _input_faults(element, at)
        return
    if "options" in element and "option_groups" in element:
        yield fault("only one of options, option_groups allowed", at)
    options = _options(element)
    chosen = element.get("initial_options", [])
    initial = [*(chosen if isinstance(chosen, list) else []), element.get("initial_option")]
    for option in initial:
        if option is not None and option not in options:
            yield fault("initial option must be one of the options", at)
    if element.get("type") != "overflow":
        yield from _repeated((o.get("value") for o in options), "value", f"{at}/options")


def _options(element: dict[str, Any]) -> list[dict[str, Any]]:
    groups = element.get("option_groups")
    listed = [element.get("options")] + [g.get("options") for g in groups or [] if isinstance(g, dict)]
    return [o for options in listed if isinstance(options, list) for o in options if isinstance(o, dict)]


def _input_faults(element: dict[str, Any], at: str) -> Iterator[str]:
    least, most, initial = (element.get(key) for key in ("min_length", "max_length", "initial_value"))
    if isinstance(least, int) and isinstance(most, int) and least > most:
        yield fault("min_length must not be more than max_length", at)
    if isinstance(initial, str) and isinstance(most, int) and len(initial) > most:
        yield fault("initial_value must not be longer than max_length", f"{at}/initial_value")


def _repeated(values: Iterable[Any], name: str, at: str) -> Iterator[str]:
    seen: set[str] = set()
    for value in values:
        if isinstance(value, str) and value in seen:
            yield fault(f"{name} must be unique: {value}", at)
        elif isinstance(value, str):
            seen.add(value)


def _kind(block: Any) -> Any:
    return block.get("type") if isinstance(block, dict) else None
