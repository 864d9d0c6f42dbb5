"""Buttons, menus, pickers and inputs as HTML, with the marks that the page's script and the tests go by."""

import json
from collections.abc import Callable
from typing import Any

from markupsafe import Markup, escape

from bot.sandbox import elements, mrkdwn
from bot.sandbox.mrkdwn import Reader
from bot.sandbox.state import Json

NOTHING = Markup()


def text(spoken: Json, reader: Reader) -> Markup:
    """A text object."""
    if spoken["type"] == "mrkdwn":
        return mrkdwn.draw(spoken["text"], reader)
    return mrkdwn.draw_plain(spoken["text"], emoji=spoken.get("emoji", True))


def element(one: Json, block: Json, reader: Reader) -> Markup:
    """A button, menu, picker, input or image."""
    if one["type"] == "image":
        return Markup('<img src="{}" alt="{}">').format(one["image_url"], one["alt_text"])
    return ELEMENTS.get(one["type"], _text_input)(one, block, reader)


def _button(one: Json, block: Json, _reader: Reader) -> Markup:
    marks = _act(one, block) | {
        "class": f"btn btn-{one.get('style', 'plain')}",
        "data-testid": f"button-{one['action_id']}",
        "aria-label": one.get("accessibility_label"),
        "data-confirm": json.dumps(one["confirm"]) if "confirm" in one else None,
    }
    label = mrkdwn.draw_plain(one["text"]["text"])
    if "url" in one:
        link = {"href": one["url"], "target": "_blank", "rel": "noopener noreferrer"}
        return Markup("<a{}>{}</a>").format(attributes(marks | link), label)
    return Markup("<button{}>{}</button>").format(attributes(marks | {"type": "button"}), label)


def _overflow(one: Json, block: Json, _reader: Reader) -> Markup:
    """The menu behind three dots."""
    marks = _act(one, block) | {
        "type": "button",
        "role": "menuitem",
        "data-testid": f"option-{one['action_id']}",
        "data-confirm": json.dumps(one["confirm"]) if "confirm" in one else None,
    }
    items = NOTHING.join(
        Markup("<button{}>{}</button>").format(
            attributes(marks | {"data-value": option["value"]}), mrkdwn.draw_plain(option["text"]["text"])
        )
        for option in one["options"]
    )
    return Markup(
        '<details{}><summary class="btn" aria-label="More actions">⋯</summary><div class="menu" role="menu">{}</div>'
        "</details>"
    ).format(attributes({"class": "more", "data-testid": f"overflow-{one['action_id']}"}), items)


def _select(one: Json, block: Json, reader: Reader) -> Markup:
    chosen = elements.initial(one)
    placeholder = one.get("placeholder", {}).get("text", "Choose an option")
    listed = [
        Markup("<option{}>{}</option>").format(
            attributes({"value": o["value"], "selected": o["value"] == chosen}), o["text"]["text"]
        )
        for o in _choices(one, reader)
    ]
    return Markup('<select{}><option value="">{}</option>{}</select>').format(
        attributes(_field(one, block)), placeholder, NOTHING.join(listed)
    )


def _ticks(one: Json, block: Json, reader: Reader) -> Markup:
    """Radio buttons and checkboxes."""
    kind = "radio" if one["type"] == "radio_buttons" else "checkbox"
    chosen = elements.initial(one) or []
    rows = []
    for number, option in enumerate(one["options"]):
        on = option["value"] == chosen if kind == "radio" else option["value"] in chosen
        marks = _act(one, block) | {
            "type": kind,
            "name": name(block, one),
            "id": name(block, one) if number == 0 else None,
            "value": option["value"],
            "checked": on,
        }
        about = (
            Markup("<small>{}</small>").format(text(option["description"], reader)) if "description" in option else ""
        )
        label = text(option["text"], reader)
        rows.append(
            Markup('<label class="b-tick"><input{}><span>{}{}</span></label>').format(attributes(marks), label, about)
        )
    return Markup('<div class="b-ticks" role="group">{}</div>').format(NOTHING.join(rows))


def _text_input(one: Json, block: Json, _reader: Reader) -> Markup:
    marks = _field(one, block) | {
        "maxlength": one.get("max_length", 3000),
        "placeholder": one.get("placeholder", {}).get("text"),
    }
    value = elements.initial(one) or ""
    if one.get("multiline"):
        return Markup("<textarea{}>\n{}</textarea>").format(attributes(marks | {"rows": 10}), value)
    kinds = {"datepicker": "date", "timepicker": "time", "email_text_input": "email", "number_input": "number"}
    return Markup("<input{}>").format(
        attributes(marks | {"type": kinds.get(one["type"], "text"), "value": value, "autocomplete": "off"})
    )


def _choices(one: Json, reader: Reader) -> list[Json]:
    if one["type"] == "users_select":
        return [{"value": who, "text": {"text": name}} for who, name in reader.people.items()]
    return elements.options(one)


def name(block: Json, one: Json) -> str:
    """What a field is called in its form: unique in a message or view."""
    return f"{block['block_id']}/{one['action_id']}"


def _act(one: Json, block: Json) -> dict[str, Any]:
    """What the page's script needs to tell which element was used."""
    return {"data-action": one["action_id"], "data-block": block["block_id"], "data-kind": one["type"]}


def _field(one: Json, block: Json) -> dict[str, Any]:
    named = name(block, one)
    return _act(one, block) | {
        "id": named,
        "name": named,
        "data-testid": f"input-{one['action_id']}",
        "autofocus": one.get("focus_on_load", False),
        "aria-label": None if block["type"] == "input" else one.get("placeholder", {}).get("text", one["action_id"]),
    }


def attributes(values: dict[str, Any]) -> Markup:
    """HTML attributes: True stands alone, False and None are left out."""
    drawn = NOTHING
    for name, value in values.items():
        if value is True:
            drawn += Markup(" {}").format(name)
        elif value is not None and value is not False:
            drawn += Markup(' {}="{}"').format(name, escape(str(value)))
    return drawn


ELEMENTS: dict[str, Callable[[Json, Json, Reader], Markup]] = {
    "button": _button,
    "static_select": _select,
    "users_select": _select,
    "overflow": _overflow,
    "radio_buttons": _ticks,
    "checkboxes": _ticks,
}
