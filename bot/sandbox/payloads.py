"""What Slack sends when a person does something, in Slack's own shape.

https://docs.slack.dev/reference/interaction-payloads and https://docs.slack.dev/interactivity/implementing-slash-commands
"""

import sqlite3

from bot.sandbox import response_urls, teams, triggers, views
from bot.sandbox.config import APP_ID
from bot.sandbox.elements import Used, chosen
from bot.sandbox.state import Json, Sandbox

VERIFICATION_TOKEN = "sandbox-verification-token"  # noqa: S105 - Slack's old token field; nobody checks it


def message_action(
    sandbox: Sandbox, member: sqlite3.Row, channel: sqlite3.Row, message: Json, used: Used, *, hidden: bool
) -> Json:
    """block_actions from a message; `hidden` is an ephemeral one, whose content Slack does not send along."""
    container = {
        "type": "message",
        "message_ts": message["ts"],
        "channel_id": channel["id"],
        "is_ephemeral": hidden,
    }
    if "thread_ts" in message:
        container["thread_ts"] = message["thread_ts"]
    payload = _base(sandbox, "block_actions", member) | {
        "container": container,
        "channel": {"id": channel["id"], "name": channel["name"] or "directmessage"},
        "state": {"values": used.values},
        "response_url": response_urls.issue(sandbox, member["id"], channel["id"], message["ts"]),
        "actions": [_action(sandbox, used)],
    }
    return payload if hidden else payload | {"message": message}


def view_action(sandbox: Sandbox, member: sqlite3.Row, view: sqlite3.Row, used: Used) -> Json:
    """block_actions from a modal or Home."""
    return _base(sandbox, "block_actions", member, view) | {
        "container": {"type": "view", "view_id": view["id"]},
        "view": views.as_slack_shows(sandbox, view, used.values),
        "actions": [_action(sandbox, used)],
    }


def submission(sandbox: Sandbox, member: sqlite3.Row, view: sqlite3.Row, values: Json) -> Json:
    """view_submission"""
    return _base(sandbox, "view_submission", member, view) | {
        "view": views.as_slack_shows(sandbox, view, values),
        "response_urls": [],
    }


def closing(sandbox: Sandbox, member: sqlite3.Row, view: sqlite3.Row, *, cleared: bool) -> Json:
    """view_closed, which has no trigger_id."""
    payload = _base(sandbox, "view_closed", member) | {
        "view": views.as_slack_shows(sandbox, view),
        "is_cleared": cleared,
    }
    del payload["trigger_id"]
    return payload


def command(sandbox: Sandbox, member: sqlite3.Row, channel: sqlite3.Row, name: str, text: str) -> dict[str, str]:
    """The form fields of a slash command."""
    team = teams.find(sandbox, member["team"])
    return {
        "token": VERIFICATION_TOKEN,
        "team_id": team.id,
        "team_domain": team.domain,
        "channel_id": channel["id"],
        "channel_name": channel["name"] or "directmessage",
        "user_id": member["id"],
        "user_name": member["handle"],
        "command": name,
        "text": text,
        "api_app_id": APP_ID,
        "is_enterprise_install": "false",
        "response_url": response_urls.issue(sandbox, member["id"], channel["id"], None),
        "trigger_id": triggers.issue(sandbox, member["id"]),
    }


def _base(sandbox: Sandbox, kind: str, member: sqlite3.Row, view: sqlite3.Row | None = None) -> Json:
    team = teams.find(sandbox, member["team"])
    return {
        "type": kind,
        "user": {
            "id": member["id"],
            "username": member["handle"],
            "name": member["handle"],
            "team_id": team.id,
        },
        "api_app_id": APP_ID,
        "token": VERIFICATION_TOKEN,
        "trigger_id": triggers.issue(sandbox, member["id"], view["id"] if view is not None else None),
        "team": {"id": team.id, "domain": team.domain},
        "enterprise": None,
        "is_enterprise_install": False,
    }


def _action(sandbox: Sandbox, used: Used) -> Json:
    element = used.element
    action: Json = {"action_id": element["action_id"], "block_id": used.block["block_id"], "type": element["type"]}
    if element["type"] == "button":
        action |= {key: element[key] for key in ("text", "value", "style", "url") if key in element}
        if used.value is not None:
            action["value"] = used.value
    else:
        kept = ("placeholder", "initial_option", "initial_options", "initial_user", "initial_date", "initial_time")
        action |= {key: element[key] for key in kept if key in element}
        action |= chosen(element, used.value)
    return action | {"action_ts": sandbox.next_ts()}
