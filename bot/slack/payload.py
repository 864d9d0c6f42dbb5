"""What a payload of Slack's says, read with suspicion: it is signed, but its shape may change."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from bot.acts import Target
from core.actor import Actor, slack_user
from core.db import Connection
from core.ids import UUID

Body = dict[str, Any]
#: Takes work for after the answer to Slack.
AfterAck = Callable[[Callable[[], object]], None]


def after_ack_in(context: Mapping[str, object]) -> AfterAck:
    """The way to do things after the ack, which `dispatch` puts into Bolt's context."""
    after_ack: AfterAck = context["after_ack"]  # type: ignore[assignment]
    return after_ack


@dataclass(frozen=True)
class Person:
    """Who clicked, in Slack's names."""

    team_id: str
    user_id: str

    def identify(self, tx: Connection) -> Actor:
        """The member behind them."""
        return slack_user(tx, self.team_id, self.user_id)


def person(body: Body) -> Person:
    """The author of a click or a modal. A click from a shared channel carries the user's own team, too."""
    return Person(team_of(body), _name(_dict(body.get("user")).get("id")))


def team_of(body: Body) -> str:
    """The Slack team that sends a click, a modal, a command or an event; empty for what carries none.

    In an organisation `team` may be null (https://docs.slack.dev/enterprise/developing-for-enterprise-orgs): then it is
    that of the view, or of the person. The organisation itself (E…) is no team.
    """
    view, user = _dict(body.get("view")), _dict(body.get("user"))
    said = (
        *(_dict(body.get("team")).get("id"), body.get("team_id")),
        *(view.get("app_installed_team_id"), view.get("team_id"), user.get("team_id")),
    )
    return next((name for name in map(_name, said) if name and not name.startswith("E")), "")


def command_author(body: Body) -> Person:
    """The author of a slash command."""
    return Person(_name(body.get("team_id")), _name(body.get("user_id")))


def target_of(value: object) -> Target:
    """Read `id:version[:number]`, as a button or a modal carries it; a target without a row for anything else."""
    try:
        row_id, version, *more = _text(value).split(":")
        numbers = [int(number) for number in (version, *more)]
        if not all(0 <= number < 2**31 for number in numbers):
            return Target(None, 0)
        return Target(UUID(row_id), numbers[0], numbers[1] if more else 0)
    except ValueError:
        return Target(None, 0)


def clicked_target(body: Body) -> Target:
    """What the clicked button, or the option that was picked from the menu of a card, carried."""
    return target_of(picked_value(body).removeprefix(f"{word(body)}:"))


def word(body: Body) -> str:
    """The word at the beginning of what was picked from a menu, such as `snooze`; empty for a button."""
    return _text(_dict(first_action(body).get("selected_option")).get("value")).partition(":")[0]


def first_action(body: Body) -> dict[str, Any]:
    """The button or menu that was clicked; empty where the payload has none."""
    actions = body.get("actions")
    return _dict(actions[0]) if isinstance(actions, list) and actions else {}


def picked_value(body: Body) -> str:
    """The value of the clicked button, or of the option that was picked from a menu."""
    first = first_action(body)
    return _text(first.get("value") or _dict(first.get("selected_option")).get("value"))


def action_ts(body: Body) -> str:
    """When it was clicked, by Slack's clock: seconds with six decimals, in order as text."""
    return _name(first_action(body).get("action_ts"))


def ticked_boxes(view: Body) -> list[tuple[str, str, str]]:
    """Value, text and description of every box that is ticked in a modal, in its order."""
    values = _dict(_dict(view.get("state")).get("values"))
    found = []
    for name in block_ids(view):
        for state in _dict(values.get(name)).values():
            options = _dict(state).get("selected_options")
            for option in map(_dict, options if isinstance(options, list) else []):
                words = (_text(_dict(option.get(key)).get("text")) for key in ("text", "description"))
                found.append((_text(option.get("value")), *words))
    return [(value, text, about) for value, text, about in found]


def block_ids(view: Body) -> list[str]:
    """The names of a modal's blocks, in their order."""
    blocks = view.get("blocks")
    return [_text(_dict(block).get("block_id")) for block in blocks] if isinstance(blocks, list) else []


def modal_of(body: Body) -> str:
    """The modal that holds the clicked button; empty where that is a message or a Home."""
    view = _dict(body.get("view"))
    return _name(view.get("id")) if view.get("type") == "modal" else ""


def place(body: Body) -> tuple[str, str] | None:
    """Channel and ts of the message that holds the clicked button."""
    container = _dict(body.get("container"))
    channel = _name(container.get("channel_id") or _dict(body.get("channel")).get("id"))
    ts = _name(container.get("message_ts") or _dict(body.get("message")).get("ts"))
    return (channel, ts) if channel and ts else None


def response_url(body: Body) -> str:
    return _name(body.get("response_url"))


def field(view: Body, block_id: str) -> str:
    """What was typed into a field of a modal; empty when nothing was."""
    values = _dict(_dict(view.get("state")).get("values"))
    return _text(_dict(_dict(values.get(block_id)).get(block_id)).get("value"))


def chosen(view: Body, block_id: str) -> str:
    """The value that was chosen in a field of a modal, or the Slack id of the person; empty when nothing was."""
    values = _dict(_dict(view.get("state")).get("values"))
    element = _dict(_dict(values.get(block_id)).get(block_id))
    return _name(_dict(element.get("selected_option")).get("value") or element.get("selected_user"))


def fields(view: Body, block_id: str) -> list[str]:
    """What was typed into the fields of a modal that share a text: `body`, `body1`, `body2`, …"""
    values = _dict(_dict(view.get("state")).get("values"))
    return [field(view, name) for name in (block_id, *(f"{block_id}{at}" for at in range(1, len(values) + 1)))]


def _dict(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _name(value: object) -> str:
    """An id or address of Slack's: one printable word, or else nothing that anybody has."""
    return value if isinstance(value, str) and value.isprintable() and len(value) <= 3_000 else ""
