"""Puts the team, members, channels and token of the config into a sandbox, where they are not there yet."""

from bot.sandbox import teams, tokens
from bot.sandbox.state import Sandbox


def populate(sandbox: Sandbox) -> None:
    """What an earlier run left stays; names and addresses become those of the config."""
    config = sandbox.config
    teams.add(sandbox, config.team_id, config.team_name)
    for member in config.members:
        teams.add_member(sandbox, config.team_id, member)
    for channel in config.channels:
        teams.add_channel(sandbox, config.team_id, channel)
    tokens.keep(sandbox, config.team_id, config.bot_token)
    for table in ("members", "conversations"):  # of a file from before there was more than one team
        sandbox.store.write(f"UPDATE {table} SET team = ? WHERE team IS NULL", config.team_id)  # noqa: S608 - our names
