"""Slack teams: one app may be installed in several, with a bot user and a token in each."""

from dataclasses import dataclass

from bot.sandbox.config import APP_ID, BOT_ID, BOT_USER_ID, Channel, Member
from bot.sandbox.errors import SlackError
from bot.sandbox.state import Json, Sandbox


@dataclass(frozen=True)
class Team:
    """One workspace, and who the app is in it."""

    id: str
    name: str
    bot_user: str
    bot: str
    bot_name: str

    @property
    def domain(self) -> str:
        """The workspace's name as it stands in addresses."""
        return "".join(c for c in self.name.lower() if c.isalnum()) or "sandbox"

    def bot_profile(self) -> Json:
        """The bot as it stands beside its messages."""
        return {
            "id": self.bot,
            "app_id": APP_ID,
            "name": self.bot_name,
            "deleted": False,
            "team_id": self.id,
            "updated": 1700000000,
        }


def find(sandbox: Sandbox, team: str) -> Team:
    """One team; raises team_not_found."""
    row = sandbox.store.one("SELECT * FROM teams WHERE id = ?", team)
    if row is None:
        raise SlackError("team_not_found")
    return Team(row["id"], row["name"], row["bot_user"], row["bot"], sandbox.config.bot_name)


def everyone(sandbox: Sandbox) -> list[Team]:
    """All teams, the one of the config first."""
    rows = sandbox.store.all("SELECT id FROM teams ORDER BY id <> ?, name", sandbox.config.team_id)
    return [find(sandbox, row["id"]) for row in rows]


def add(sandbox: Sandbox, team: str, name: str) -> Team:
    """A new team; or a known one, by its new name."""
    first = team == sandbox.config.team_id
    sandbox.store.write(
        "INSERT INTO teams (id, name, bot_user, bot) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (id) DO UPDATE SET name = excluded.name",
        *(team, name, BOT_USER_ID if first else f"U0BOT{team[1:]}", BOT_ID if first else f"B0BOT{team[1:]}"),
    )
    return find(sandbox, team)


def add_member(sandbox: Sandbox, team: str, member: Member) -> None:
    """A person of a team; a known one gets the new name and address."""
    sandbox.store.write(
        "INSERT INTO members (id, handle, name, email, tz, deleted, team) VALUES (?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (id) DO UPDATE SET handle = excluded.handle, name = excluded.name, email = excluded.email,"
        " tz = excluded.tz, team = excluded.team",
        *(member.id, member.handle, member.name, member.email, member.tz, member.deleted, team),
    )


def add_channel(sandbox: Sandbox, team: str, channel: Channel) -> None:
    """A channel of a team, where it is not there yet."""
    sandbox.store.write(
        "INSERT INTO conversations (id, kind, name, is_open, archived, has_bot, team)"
        " VALUES (?, 'channel', ?, 1, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET team = excluded.team",
        *(channel.id, channel.name, channel.archived, channel.has_bot, team),
    )
