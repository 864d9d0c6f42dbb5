"""Block Kit as HTML: the one place where blocks become something to look at. Pure: blocks in, Markup out."""

from collections.abc import Callable

from markupsafe import Markup

from bot.sandbox.draw_elements import NOTHING, attributes, element, name, text
from bot.sandbox.mrkdwn import Reader
from bot.sandbox.state import Json

Draw = Callable[[Json, Reader], Markup]


def blocks(listed: list[Json], reader: Reader) -> Markup:
    """All blocks, one below the other."""
    return NOTHING.join(BLOCKS.get(block["type"], unknown)(block, reader) for block in listed)


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
    marks = {"class": "b-input", "data-block": block["block_id"], "data-dispatch": block.get("dispatch_action")}
    optional = Markup(' <span class="b-optional">(optional)</span>') if block.get("optional") else NOTHING
    hint = Markup('<p class="b-hint">{}</p>').format(text(block["hint"], reader)) if "hint" in block else NOTHING
    return Markup(
        '<div{}><label for="{}">{}{}</label>{}{}'
        '<p class="b-error" role="alert" data-testid="error-{}" hidden></p></div>'
    ).format(
        attributes(marks),
        name(block, block["element"]),
        text(block["label"], reader),
        optional,
        element(block["element"], block, reader),
        hint,
        block["block_id"],
    )


BLOCKS: dict[str, Draw] = {
    "header": header,
    "section": section,
    "divider": divider,
    "image": image,
    "context": context,
    "actions": actions,
    "input": question,
}
