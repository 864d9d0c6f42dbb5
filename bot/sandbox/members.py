"""Members of the workspace, as users.* shows them. https://docs.slack.dev/reference/objects/user-object"""

import sqlite3

from bot.sandbox.config import BOT_ID, BOT_USER_ID
from bot.sandbox.errors import SlackError
from bot.sandbox.state import Json, Sandbox


def find(sandbox: Sandbox, member: str, code: str = "user_not_found") -> sqlite3.Row:
    """One member's row; raises SlackError(code) for an id that is nobody's."""
    row = sandbox.store.one("SELECT * FROM members WHERE id = ?", member)
    if row is None:
        raise SlackError(code)
    return row


def everyone(sandbox: Sandbox) -> list[sqlite3.Row]:
    """All members, in the order of their ids."""
    return sandbox.store.all("SELECT * FROM members ORDER BY id")


def deactivate(sandbox: Sandbox, member: str, deleted: bool = True) -> None:
    """An admin deactivates (or brings back) an account. Its DM still takes posts, as in Slack."""
    find(sandbox, member)
    sandbox.store.write("UPDATE members SET deleted = ? WHERE id = ?", deleted, member)


def names(sandbox: Sandbox) -> dict[str, str]:
    """What `<@U…>` shows: id to name, the bot among them."""
    return {row["id"]: row["name"] for row in everyone(sandbox)} | {BOT_USER_ID: sandbox.config.bot_name}


def user_object(sandbox: Sandbox, row: sqlite3.Row) -> Json:
    """A member as users.info shows it."""
    first, _, last = row["name"].partition(" ")
    user: Json = {
        "id": row["id"],
        "team_id": sandbox.config.team_id,
        "name": row["handle"],
        "deleted": bool(row["deleted"]),
        "profile": {
            "real_name": row["name"],
            "real_name_normalized": row["name"],
            "display_name": row["handle"],
            "display_name_normalized": row["handle"],
            "first_name": first,
            "last_name": last,
            "email": row["email"],
            "team": sandbox.config.team_id,
        },
        "is_bot": False,
        "is_app_user": False,
        "updated": 1700000000,
    }
    if not row["deleted"]:  # Slack leaves these out for a deactivated account
        user |= {
            "real_name": row["name"],
            "tz": row["tz"],
            "is_admin": False,
            "is_owner": False,
            "is_restricted": False,
            "is_ultra_restricted": False,
        }
    return user


def bot_object(sandbox: Sandbox) -> Json:
    """The bot's own user."""
    name = sandbox.config.bot_name
    return {
        "id": BOT_USER_ID,
        "team_id": sandbox.config.team_id,
        "name": name.lower(),
        "real_name": name,
        "deleted": False,
        "is_bot": True,
        "profile": {"real_name": name, "display_name": name, "bot_id": BOT_ID, "team": sandbox.config.team_id},
    }
