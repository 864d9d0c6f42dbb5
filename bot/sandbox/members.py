"""Members of the workspace, as users.* shows them. https://docs.slack.dev/reference/objects/user-object"""

import sqlite3

from bot.sandbox import teams
from bot.sandbox.errors import SlackError
from bot.sandbox.state import Json, Sandbox
from bot.sandbox.teams import Team


def find(sandbox: Sandbox, member: str, team: Team | None = None) -> sqlite3.Row:
    """One member's row, of `team` if that is given; raises user_not_found."""
    row = sandbox.store.one("SELECT * FROM members WHERE id = ?", member)
    if row is None or (team is not None and row["team"] != team.id):
        raise SlackError("user_not_found")
    return row


def team_of(sandbox: Sandbox, member: str) -> Team:
    """The team that a person is in; raises user_not_found."""
    return teams.find(sandbox, find(sandbox, member)["team"])


def everyone(sandbox: Sandbox, team: Team | None = None) -> list[sqlite3.Row]:
    """All members, or those of one team, in the order of their ids."""
    return sandbox.store.all(
        "SELECT * FROM members WHERE ?1 IS NULL OR team = ?1 ORDER BY id", team.id if team else None
    )


def deactivate(sandbox: Sandbox, member: str, deleted: bool = True) -> None:
    """An admin deactivates (or brings back) an account. Its DM still takes posts, as in Slack."""
    find(sandbox, member)
    sandbox.store.write("UPDATE members SET deleted = ? WHERE id = ?", deleted, member)


def names(sandbox: Sandbox) -> dict[str, str]:
    """What `<@U…>` shows: id to name, the bot among them."""
    bots = {team.bot_user: team.bot_name for team in teams.everyone(sandbox)}
    return {row["id"]: row["name"] for row in everyone(sandbox)} | bots


def user_object(row: sqlite3.Row) -> Json:
    """A member as users.info shows it."""
    first, _, last = row["name"].partition(" ")
    user: Json = {
        "id": row["id"],
        "team_id": row["team"],
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
            "team": row["team"],
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


def bot_object(team: Team) -> Json:
    """The bot's own user in a team."""
    name = team.bot_name
    return {
        "id": team.bot_user,
        "team_id": team.id,
        "name": name.lower(),
        "real_name": name,
        "deleted": False,
        "is_bot": True,
        "profile": {"real_name": name, "display_name": name, "bot_id": team.bot, "team": team.id},
    }
