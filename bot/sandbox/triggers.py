"""Trigger ids: three seconds, one use. https://docs.slack.dev/interactivity/handling-user-interaction"""

import re
import secrets
import sqlite3

from bot.sandbox import members
from bot.sandbox.errors import SlackError
from bot.sandbox.state import Sandbox
from bot.sandbox.teams import Team

FORM = re.compile(r"\d+\.\d+\.[0-9a-f]+")


def issue(sandbox: Sandbox, member: str, view: str | None = None) -> str:
    """A new trigger id for what this member just did, in a `view` if it was in one."""
    trigger = f"{sandbox.next_number()}.{int(sandbox.now())}.{secrets.token_hex(16)}"
    expires = sandbox.now() + sandbox.config.trigger_life
    sandbox.store.write(
        "INSERT INTO triggers (id, member, expires, view) VALUES (?, ?, ?, ?)", trigger, member, expires, view
    )
    return trigger


def exchange(sandbox: Sandbox, trigger: str, team: Team) -> sqlite3.Row:
    """Whose click it was (`member`, of the team) and where (`view`, or None).

    Raises invalid_trigger_id, exchanged_trigger_id, expired_trigger_id.
    """
    row = sandbox.store.one("SELECT * FROM triggers WHERE id = ?", trigger) if FORM.fullmatch(trigger) else None
    if row is None or members.find(sandbox, row["member"])["team"] != team.id:
        raise SlackError("invalid_trigger_id")
    if row["used"]:
        raise SlackError("exchanged_trigger_id")
    if row["expires"] < sandbox.now():
        raise SlackError("expired_trigger_id")
    sandbox.store.write("UPDATE triggers SET used = 1 WHERE id = ?", trigger)
    return row
