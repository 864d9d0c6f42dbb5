"""What all modals are made of: a window that waits, one that tells, one that asks, and fields. Pure Block Kit views."""

from collections.abc import Mapping
from typing import Any

from core.cards.mrkdwn import cut, escape, mrkdwn, paragraphs, plain

View = dict[str, Any]
Block = dict[str, Any]

#: Characters that a text field of Slack's holds.
FIELD_LIMIT = 3_000


def loading(title: str) -> View:
    """Opened at once, because a trigger lives for three seconds; filled by `views.update`."""
    return modal(title, [{"type": "section", "text": mrkdwn(":hourglass_flowing_sand: One moment …")}])


def notice(title: str, sentence: str) -> View:
    """Nothing to fill in: something to know."""
    return modal(title, [{"type": "section", "text": mrkdwn(escape(cut(sentence, 2_900)))}])


def kept(title: str, sentence: str, text: str) -> View:
    """Something to know, and what its reader had typed, so that nothing is lost."""
    typed = paragraphs(text, FIELD_LIMIT)[:20]
    return {**notice(title, sentence), "blocks": [*notice(title, sentence)["blocks"], *typed]}


def modal(title: str, blocks: list[Block]) -> View:
    """A window with a way out and no other."""
    return {"type": "modal", "title": plain(title), "close": plain("Close"), "blocks": blocks}


def form(callback_id: str, metadata: str, title: str, submit: str, blocks: list[Block]) -> View:
    """A window that asks, and sends what was answered with `metadata`, which says what it is about."""
    return modal(title, blocks) | {
        "callback_id": callback_id,
        "private_metadata": metadata,
        "submit": plain(submit),
        "close": plain("Cancel"),
    }


def text_field(
    block_id: str,
    label: str,
    *,
    most: int,
    value: str = "",
    multiline: bool = False,
    optional: bool = False,
    hint: str = "",
) -> Block:
    """A field for `most` characters. Block and action go by one name."""
    element: Block = {"type": "plain_text_input", "action_id": block_id, "multiline": multiline, "max_length": most}
    if value:
        element["initial_value"] = value
    return _input(block_id, label, element, optional=optional, hint=hint)


def choice_field(
    block_id: str, label: str, choices: Mapping[str, str], *, chosen: str = "", optional: bool = False, hint: str = ""
) -> Block:
    """Radio buttons: the word that is sent, and its label, for each choice."""
    options = [{"text": plain(shown), "value": word} for word, shown in choices.items()]
    element: Block = {"type": "radio_buttons", "action_id": block_id, "options": options}
    if chosen:
        element["initial_option"] = next(option for option in options if option["value"] == chosen)
    return _input(block_id, label, element, optional=optional, hint=hint)


#: Options that a menu of Slack's holds, and a group of them; and groups.
MENU_OPTIONS, MENU_GROUPS = 100, 100


def menu_field(block_id: str, label: str, choices: Mapping[str, str], *, hint: str = "") -> Block:
    """A menu: the word that is sent, and its label, for each choice. More than a menu holds stand in groups of it."""
    listed = list(choices.items())
    groups = [_options(listed[at : at + MENU_OPTIONS]) for at in range(0, len(listed), MENU_OPTIONS)][:MENU_GROUPS]
    element: Block = {"type": "static_select", "action_id": block_id}
    if len(groups) == 1:
        element["options"] = groups[0]
    else:
        firsts = [plain(f"From {cut(shown, 60)}") for _, shown in listed[::MENU_OPTIONS]]
        element["option_groups"] = [
            {"label": first, "options": options} for first, options in zip(firsts, groups, strict=False)
        ]
    return _input(block_id, label, element, hint=hint)


def _options(choices: list[tuple[str, str]]) -> list[Block]:
    return [{"text": plain(cut(shown, 75)), "value": word} for word, shown in choices]


def said(text: str) -> Block:
    """A line of explanation, in our own words."""
    return {"type": "context", "elements": [mrkdwn(text)]}


def _input(block_id: str, label: str, element: Block, *, optional: bool = False, hint: str = "") -> Block:
    asked: Block = {"type": "input", "block_id": block_id, "label": plain(label), "element": element}
    if optional:
        asked["optional"] = True
    if hint:
        asked["hint"] = plain(hint)
    return asked
