"""users.* of the Web API. https://docs.slack.dev/reference/methods?family=users"""

import time

from bot.sandbox import members
from bot.sandbox.errors import SlackError
from bot.sandbox.state import Json, Sandbox
from bot.sandbox.teams import Team


def info(sandbox: Sandbox, team: Team, args: Json) -> Json:
    """users.info"""
    user = str(args.get("user", ""))
    if user == team.bot_user:
        return {"user": members.bot_object(team)}
    return {"user": members.user_object(members.find(sandbox, user, team))}


def list_(sandbox: Sandbox, team: Team, args: Json) -> Json:
    """users.list, in pages when `limit` is given."""
    everyone = [members.user_object(row) for row in members.everyone(sandbox, team)] + [members.bot_object(team)]
    cursor, limit = str(args.get("cursor") or "0"), str(args.get("limit") or "0")
    if not cursor.isdecimal():
        raise SlackError("invalid_cursor")
    if not limit.isdecimal() or int(limit) > 1000:
        raise SlackError("invalid_limit")
    start = int(cursor)
    end = start + int(limit) if int(limit) else len(everyone)
    return {
        "members": everyone[start:end],
        "cache_ts": int(time.time()),
        "response_metadata": {"next_cursor": str(end) if end < len(everyone) else ""},
    }


def lookup_by_email(sandbox: Sandbox, team: Team, args: Json) -> Json:
    """users.lookupByEmail: finds nobody whose account is deactivated."""
    row = sandbox.store.one(
        "SELECT * FROM members WHERE lower(email) = lower(?) AND team = ? AND NOT deleted",
        *(str(args.get("email", "")), team.id),
    )
    if row is None:
        raise SlackError("users_not_found")
    return {"user": members.user_object(row)}
