"""The Home tab: put up by the app, one for each member, told of when it is opened. https://docs.slack.dev/surfaces/app-home"""

import sqlite3

from bot.sandbox import conversations, views
from bot.sandbox.state import Json, Sandbox


def find(sandbox: Sandbox, member: str) -> sqlite3.Row | None:
    """A member's Home, if the app published one."""
    return sandbox.store.one("SELECT * FROM views WHERE member = ? AND kind = 'home'", member)


def publish(sandbox: Sandbox, member: str, view: Json, expected: str | None) -> Json:
    """Puts up a member's Home; raises hash_conflict when `expected` is no longer the hash of what stands there."""
    row = find(sandbox, member)
    return views.put_up(sandbox, member, view) if row is None else views.update(sandbox, row, view, expected)


def opened(sandbox: Sandbox, member: str, tab: str = "home") -> Json:
    """The event that someone opened the app: with the view that they see there, once there is one.

    https://docs.slack.dev/reference/events/app_home_opened
    """
    channel = conversations.open_dm(sandbox, member)[0]["id"]
    event = {"type": "app_home_opened", "user": member, "channel": channel, "tab": tab, "event_ts": sandbox.next_ts()}
    row = find(sandbox, member) if tab == "home" else None
    return event | ({"view": views.as_slack_shows(sandbox, row)} if row is not None else {})
