"""A window that comes back is signed, and may be of any shape: what is no row of a list is none."""

from typing import Any

import pytest

from core.cards.bulk_modal import TITLE, ListState, tick_all, warned
from core.cards.bulk_row import blocks_of, box_of, says_closed, value_of, with_closed, with_ticks, words_of
from core.text.words.states import OUTSIDE

BOX: dict[str, Any] = {"type": "checkboxes", "action_id": "bulk_tick", "options": [{"value": "a:1"}]}
NO_OPTIONS: list[Any] = ["x", ["x"], [], None, {"value": "x"}, [[]]]
NO_BOXES: list[Any] = [
    None,
    " ",
    [],
    {},
    {"action_id": "bulk_tick"},
    {"action_id": "another", "options": [{"value": "a:1"}]},
    *[BOX | {"options": options} for options in NO_OPTIONS],
]


@pytest.mark.parametrize("blocks", [None, "x", 1, {}, {"type": "section"}])
def test_what_is_no_list_has_no_blocks(blocks: Any) -> None:
    assert blocks_of({"blocks": blocks}) == blocks_of({}) == []


def test_only_what_has_the_shape_of_a_block_is_one() -> None:
    assert blocks_of({"blocks": [1, "x", None, [], {"type": "section"}]}) == [{"type": "section"}]


@pytest.mark.parametrize("accessory", NO_BOXES)
def test_what_is_no_box_carries_nothing_and_is_left_as_it_is(accessory: Any) -> None:
    block = {"block_id": "pick", "accessory": accessory}
    assert (box_of(block), value_of(box_of(block))) == ({}, "")
    assert with_ticks(block, ["a:1"]) is block


def test_a_box_without_a_value_carries_nothing() -> None:
    assert value_of(box_of({"accessory": BOX | {"options": [{}]}})) == ""


@pytest.mark.parametrize("text", [None, " ", 7, [], {}, {"text": ""}])
def test_a_row_without_words_says_nothing(text: Any) -> None:
    row = {"block_id": "pick", "text": text, "accessory": BOX}
    assert [words.strip() for words in words_of(row)] == ["", ""]
    closed = with_closed(row)
    assert says_closed(closed)
    assert closed["text"]["text"].endswith(OUTSIDE)
    assert with_closed(closed) is closed


def test_a_list_with_blocks_of_any_shape_is_still_a_list() -> None:
    view = {
        "blocks": ["x", {"block_id": "pick", "text": " ", "accessory": BOX}],
        "private_metadata": ListState(20).written(),
    }
    assert [value_of(box_of(block)) for block in tick_all(view, on=True)["blocks"]] == ["a:1"]
    assert warned(view, "Nothing is ticked.")["title"]["text"] == TITLE
