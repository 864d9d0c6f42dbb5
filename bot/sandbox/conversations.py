"""DMs with the bot, and channels."""

import sqlite3

from bot.sandbox import members
from bot.sandbox.errors import SlackError
from bot.sandbox.state import Json, Sandbox


def dm_id(member: str) -> str:
    """The id of a member's DM with the bot: U01ALICE has D01ALICE."""
    return f"D{member[1:]}"


def open_dm(sandbox: Sandbox, member: str) -> tuple[sqlite3.Row, bool]:
    """The member's DM, opened if it was not, and whether it was open already."""
    members.find(sandbox, member)
    channel = dm_id(member)
    before = sandbox.store.one("SELECT * FROM conversations WHERE id = ?", channel)
    if before is not None and before["is_open"]:
        return before, True
    sandbox.store.write(
        "INSERT INTO conversations VALUES (?, 'im', NULL, ?, 1, 0, 1) ON CONFLICT (id) DO UPDATE SET is_open = 1",
        *(channel, member),
    )
    return find(sandbox, channel), False


def close_dm(sandbox: Sandbox, member: str) -> None:
    """The DM is gone until conversations.open is called again: posts to its id find no channel."""
    sandbox.store.write("UPDATE conversations SET is_open = 0 WHERE id = ?", dm_id(member))


def find(sandbox: Sandbox, channel: str) -> sqlite3.Row:
    """One open conversation by its id; raises channel_not_found."""
    row = sandbox.store.one("SELECT * FROM conversations WHERE id = ? AND is_open", channel)
    if row is None:
        raise SlackError("channel_not_found")
    return row


def target(sandbox: Sandbox, channel: str) -> sqlite3.Row:
    """Where a post goes: a conversation's id, a channel's #name, or a member's id (which opens the DM).

    Raises channel_not_found, not_in_channel, is_archived.
    """
    if channel.startswith(("U", "W")):
        try:
            return open_dm(sandbox, channel)[0]
        except SlackError as error:
            raise SlackError("channel_not_found") from error
    if channel.startswith("#"):
        named = sandbox.store.one("SELECT id FROM conversations WHERE name = ?", channel[1:])
        channel = named["id"] if named else ""
    row = find(sandbox, channel)
    if row["archived"]:
        raise SlackError("is_archived")
    if not row["has_bot"]:
        raise SlackError("not_in_channel")
    return row


def seen_by(sandbox: Sandbox, member: str) -> list[sqlite3.Row]:
    """The conversations on a member's page: the DM with the bot first, then channels."""
    return sandbox.store.all(
        "SELECT * FROM conversations WHERE (kind = 'im' AND member = ?) OR kind = 'channel' ORDER BY kind DESC, name",
        member,
    )


def channel_object(row: sqlite3.Row) -> Json:
    """A DM as conversations.open shows it with return_im."""
    return {"id": row["id"], "created": 1700000000, "is_im": True, "is_org_shared": False, "user": row["member"]}
