"""Block Kit as HTML: the one place where blocks become something to look at. Pure: blocks in, Markup out."""

import json
from collections.abc import Callable
from typing import Any

from markupsafe import Markup, escape

from bot.sandbox import elements, mrkdwn
from bot.sandbox.mrkdwn import Reader
from bot.sandbox.state import Json

Draw = Callable[[Json, Reader], Markup]
NOTHING = Markup()


def blocks(listed: list[Json], reader: Reader) -> Markup:
    """All blocks, one below the other."""
    return NOTHING.join(BLOCKS.get(block["type"], unknown)(block, reader) for block in listed)


def text(spoken: Json, reader: Reader) -> Markup:
    """A text object."""
    if spoken["type"] == "mrkdwn":
        return mrkdwn.draw(spoken["text"], reader)
    return mrkdwn.draw_plain(spoken["text"], emoji=spoken.get("emoji", True))


def unknown(block: Json, _reader: Reader) -> Markup:
    """A block that is not drawn here."""
    return Markup('<p class="b-unknown">[{}]</p>').format(block["type"])


def header(block: Json, reader: Reader) -> Markup:
    return Markup('<h3 class="b-header">{}</h3>').format(text(block["text"], reader))


def section(block: Json, reader: Reader) -> Markup:
    said = Markup('<div class="b-text">{}</div>').format(text(block["text"], reader)) if "text" in block else NOTHING
    if "fields" in block:
        fields = NOTHING.join(Markup('<div class="b-field">{}</div>').format(text(f, reader)) for f in block["fields"])
        said += Markup('<div class="b-fields">{}</div>').format(fields)
    side = NOTHING
    if "accessory" in block:
        side = Markup('<div class="b-accessory">{}</div>').format(element(block["accessory"], block, reader))
    return Markup('<div class="b-section"><div class="b-main">{}</div>{}</div>').format(said, side)


def divider(_block: Json, _reader: Reader) -> Markup:
    return Markup('<hr class="b-divider">')


def image(block: Json, reader: Reader) -> Markup:
    title = text(block["title"], reader) if "title" in block else NOTHING
    return Markup('<figure class="b-image"><figcaption>{}</figcaption><img src="{}" alt="{}"></figure>').format(
        title, block["image_url"], block["alt_text"]
    )


def context(block: Json, reader: Reader) -> Markup:
    drawn = NOTHING.join(
        Markup('<img src="{}" alt="{}">').format(e["image_url"], e["alt_text"])
        if e["type"] == "image"
        else Markup("<span>{}</span>").format(text(e, reader))
        for e in block["elements"]
    )
    return Markup('<div class="b-context">{}</div>').format(drawn)


def actions(block: Json, reader: Reader) -> Markup:
    drawn = NOTHING.join(element(e, block, reader) for e in block["elements"])
    return Markup('<div class="b-actions">{}</div>').format(drawn)


def question(block: Json, reader: Reader) -> Markup:
    """An input block: label, element, hint, and a place for what is wrong with it."""
    name = _name(block, block["element"])
    optional = Markup(' <span class="b-optional">(optional)</span>') if block.get("optional") else NOTHING
    hint = Markup('<p class="b-hint">{}</p>').format(text(block["hint"], reader)) if "hint" in block else NOTHING
    return Markup(
        '<div class="b-input" data-block="{}"><label for="{}">{}{}</label>{}{}'
        '<p class="b-error" role="alert" data-testid="error-{}" hidden></p></div>'
    ).format(
        block["block_id"],
        name,
        text(block["label"], reader),
        optional,
        element(block["element"], block, reader),
        hint,
        block["block_id"],
    )


def element(one: Json, block: Json, reader: Reader) -> Markup:
    """A button, menu, picker, input or image."""
    if one["type"] == "image":
        return Markup('<img src="{}" alt="{}">').format(one["image_url"], one["alt_text"])
    return ELEMENTS.get(one["type"], _text_input)(one, block, reader)


def _button(one: Json, block: Json, _reader: Reader) -> Markup:
    attributes = _act(one, block) | {
        "class": f"btn btn-{one.get('style', 'plain')}",
        "data-testid": f"button-{one['action_id']}",
        "aria-label": one.get("accessibility_label"),
        "data-confirm": json.dumps(one["confirm"]) if "confirm" in one else None,
    }
    label = mrkdwn.draw_plain(one["text"]["text"])
    if "url" in one:
        link = {"href": one["url"], "target": "_blank", "rel": "noopener noreferrer"}
        return Markup("<a{}>{}</a>").format(_attributes(attributes | link), label)
    return Markup("<button{}>{}</button>").format(_attributes(attributes | {"type": "button"}), label)


def _select(one: Json, block: Json, reader: Reader) -> Markup:
    chosen = elements.initial(one)
    placeholder = one.get("placeholder", {}).get("text", "…" if one["type"] == "overflow" else "Choose an option")
    listed = [
        Markup("<option{}>{}</option>").format(
            _attributes({"value": o["value"], "selected": o["value"] == chosen}), o["text"]["text"]
        )
        for o in _choices(one, reader)
    ]
    return Markup('<select{}><option value="">{}</option>{}</select>').format(
        _attributes(_field(one, block)), placeholder, NOTHING.join(listed)
    )


def _ticks(one: Json, block: Json, reader: Reader) -> Markup:
    """Radio buttons and checkboxes."""
    kind = "radio" if one["type"] == "radio_buttons" else "checkbox"
    chosen = elements.initial(one) or []
    rows = []
    for number, option in enumerate(one["options"]):
        on = option["value"] == chosen if kind == "radio" else option["value"] in chosen
        attributes = _act(one, block) | {
            "type": kind,
            "name": _name(block, one),
            "id": _name(block, one) if number == 0 else None,
            "value": option["value"],
            "checked": on,
        }
        about = (
            Markup("<small>{}</small>").format(text(option["description"], reader)) if "description" in option else ""
        )
        label = text(option["text"], reader)
        rows.append(
            Markup('<label class="b-tick"><input{}><span>{}{}</span></label>').format(
                _attributes(attributes), label, about
            )
        )
    return Markup('<div class="b-ticks" role="group">{}</div>').format(NOTHING.join(rows))


def _text_input(one: Json, block: Json, _reader: Reader) -> Markup:
    attributes = _field(one, block) | {
        "maxlength": one.get("max_length", 3000),
        "placeholder": one.get("placeholder", {}).get("text"),
    }
    value = elements.initial(one) or ""
    if one.get("multiline"):
        return Markup("<textarea{}>\n{}</textarea>").format(_attributes(attributes | {"rows": 10}), value)
    kinds = {"datepicker": "date", "timepicker": "time", "email_text_input": "email", "number_input": "number"}
    return Markup("<input{}>").format(
        _attributes(attributes | {"type": kinds.get(one["type"], "text"), "value": value, "autocomplete": "off"})
    )


def _choices(one: Json, reader: Reader) -> list[Json]:
    if one["type"] == "users_select":
        return [{"value": who, "text": {"text": name}} for who, name in reader.names.items() if who.startswith("U")]
    return elements.options(one)


def _name(block: Json, one: Json) -> str:
    return f"{block['block_id']}/{one['action_id']}"


def _act(one: Json, block: Json) -> dict[str, Any]:
    """What the page's script needs to tell which element was used."""
    return {"data-action": one["action_id"], "data-block": block["block_id"], "data-kind": one["type"]}


def _field(one: Json, block: Json) -> dict[str, Any]:
    name = _name(block, one)
    return _act(one, block) | {
        "id": name,
        "name": name,
        "data-testid": f"input-{one['action_id']}",
        "autofocus": one.get("focus_on_load", False),
        "aria-label": None if block["type"] == "input" else one.get("placeholder", {}).get("text", one["action_id"]),
    }


def _attributes(values: dict[str, Any]) -> Markup:
    """HTML attributes: True stands alone, False and None are left out."""
    drawn = NOTHING
    for name, value in values.items():
        if value is True:
            drawn += Markup(" {}").format(name)
        elif value is not None and value is not False:
            drawn += Markup(' {}="{}"').format(name, escape(str(value)))
    return drawn


BLOCKS: dict[str, Draw] = {
    "header": header,
    "section": section,
    "divider": divider,
    "image": image,
    "context": context,
    "actions": actions,
    "input": question,
}
ELEMENTS: dict[str, Callable[[Json, Json, Reader], Markup]] = {
    "button": _button,
    "static_select": _select,
    "users_select": _select,
    "overflow": _select,
    "radio_buttons": _ticks,
    "checkboxes": _ticks,
}
