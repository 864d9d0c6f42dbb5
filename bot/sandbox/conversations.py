"""DMs with the bot, and channels."""

import sqlite3

from bot.sandbox import members, teams
from bot.sandbox.errors import SlackError
from bot.sandbox.state import Json, Sandbox
from bot.sandbox.teams import Team


def dm_id(member: str) -> str:
    """The id of a member's DM with the bot: U01ALICE has D01ALICE."""
    return f"D{member[1:]}"


def open_dm(sandbox: Sandbox, member: str, team: Team | None = None) -> tuple[sqlite3.Row, bool]:
    """The member's DM, opened if it was not, and whether it was open already. Raises user_not_found."""
    person = members.find(sandbox, member, team)
    channel = dm_id(member)
    before = sandbox.store.one("SELECT * FROM conversations WHERE id = ?", channel)
    if before is not None and before["is_open"]:
        return before, True
    sandbox.store.write(
        "INSERT INTO conversations (id, kind, member, is_open, archived, has_bot, team)"
        " VALUES (?, 'im', ?, 1, 0, 1, ?) ON CONFLICT (id) DO UPDATE SET is_open = 1",
        *(channel, member, person["team"]),
    )
    return find(sandbox, channel), False


def close_dm(sandbox: Sandbox, member: str) -> None:
    """The DM is gone until conversations.open is called again: posts to its id find no channel."""
    sandbox.store.write("UPDATE conversations SET is_open = 0 WHERE id = ?", dm_id(member))


def find(sandbox: Sandbox, channel: str, team: Team | None = None) -> sqlite3.Row:
    """One open conversation by its id, of `team` if that is given; raises channel_not_found."""
    row = sandbox.store.one("SELECT * FROM conversations WHERE id = ? AND is_open", channel)
    if row is None or (team is not None and row["team"] != team.id):
        raise SlackError("channel_not_found")
    return row


def team_of(sandbox: Sandbox, channel: str) -> Team:
    """The team that a conversation is in, open or not."""
    row = sandbox.store.one("SELECT team FROM conversations WHERE id = ?", channel)
    return teams.find(sandbox, row["team"] if row is not None else "")


def target(sandbox: Sandbox, team: Team, channel: str) -> sqlite3.Row:
    """Where a post goes: a conversation's id, a channel's #name, or a member's id (which opens the DM).

    Raises channel_not_found, not_in_channel, is_archived.
    """
    if channel.startswith(("U", "W")):
        try:
            return open_dm(sandbox, channel, team)[0]
        except SlackError as error:
            raise SlackError("channel_not_found") from error
    if channel.startswith("#"):
        named = sandbox.store.one("SELECT id FROM conversations WHERE name = ? AND team = ?", channel[1:], team.id)
        channel = named["id"] if named else ""
    row = find(sandbox, channel, team)
    if row["archived"]:
        raise SlackError("is_archived")
    if not row["has_bot"]:
        raise SlackError("not_in_channel")
    return row


def seen_by(sandbox: Sandbox, member: str) -> list[sqlite3.Row]:
    """The conversations on a member's page: the DM with the bot first, then channels."""
    return sandbox.store.all(
        "SELECT c.* FROM conversations c JOIN members m ON m.id = ?1 AND m.team = c.team"
        " WHERE c.kind = 'channel' OR c.member = ?1 ORDER BY c.kind DESC, c.name",
        member,
    )


def channel_object(row: sqlite3.Row) -> Json:
    """A DM as conversations.open shows it with return_im."""
    return {"id": row["id"], "created": 1700000000, "is_im": True, "is_org_shared": False, "user": row["member"]}
