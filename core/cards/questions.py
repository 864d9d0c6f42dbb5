"""Questions that a command asks back, for its author alone: which campaign, and "are you sure?". Pure Block Kit."""

from collections.abc import Sequence
from typing import Any

from core.campaigns.finding import CampaignOption
from core.cards.mrkdwn import button, cut, escape, mrkdwn, plain

Message = dict[str, Any]

#: So many choices are buttons; more are a menu, which holds at most a hundred.
BUTTONS = 5
MOST = 100
LEAVE_IT = "leave_it"


def which_campaign(
    sentence: str, choices: Sequence[CampaignOption], word: str, asker: str, *, to: str | None = None
) -> Message:
    """Ask which of these campaigns is meant. What is chosen is done at once.

    `word` is that of the command, and `to` says what it does, where the word does not.
    """
    to = to or word
    offered = choices[:MOST]
    more = f" These are the first {MOST} of {len(choices):,}: for another, write more of its name." * (
        len(choices) > MOST
    )
    said = f"{escape(cut(sentence, 1_000))}{more}"
    values = [carried(word, str(choice.id), asker) for choice in offered]
    if len(offered) <= BUTTONS:
        elements: list[dict[str, Any]] = [
            button(
                f"choose_campaign_{at}",
                cut(choice.name, 75),
                value,
                accessibility_label=cut(f"{to.capitalize()} {choice.name}", 75),
            )
            for at, (choice, value) in enumerate(zip(offered, values, strict=True))
        ]
    else:
        options = [
            {"text": plain(_named(choice)), "value": value} for choice, value in zip(offered, values, strict=True)
        ]
        placeholder = plain(f"Choose a campaign to {to}")
        elements = [
            {"type": "static_select", "action_id": "choose_campaign", "placeholder": placeholder, "options": options}
        ]
    return _asking(said, [*elements, leave_it()])


def _named(choice: CampaignOption) -> str:
    told = f"{choice.name} ({choice.slug}, {choice.status})"
    return cut(told, 75)


def are_you_sure(sentence: str, action_id: str, label: str, value: str) -> Message:
    """Ask before something that concerns many, once: the button does it. `sentence` is mrkdwn."""
    return _asking(sentence, [button(action_id, label, value, style="danger"), leave_it()])


def leave_it() -> dict[str, Any]:
    """The button that takes the question away."""
    return button(LEAVE_IT, "Never mind", LEAVE_IT)


def carried(word: str, what: str, asker: str, rest: str = "") -> str:
    """What a button carries: the word of a command, with what it is to be done, and whose question it was."""
    return ":".join((word, what, asker, *([rest] if rest else [])))


def _asking(said: str, elements: list[dict[str, Any]]) -> Message:
    return {
        "text": said,
        "blocks": [
            {"type": "section", "text": mrkdwn(said)},
            {"type": "actions", "block_id": "answer", "elements": elements},
        ],
    }
