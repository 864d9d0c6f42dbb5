"""The app was taken out of a Slack team, or its token; somebody left the team, or is back. Recorded before the ack."""

from datetime import UTC, datetime

import structlog

from bot.slack.handlers.event_listener import Heard
from bot.slack.payload import Body, team_of
from core.actor import slack_user
from core.db import Connection, transaction
from core.teams import installations
from core.teams.members import remember_back, remember_gone
from jobs.slack import access

log = structlog.get_logger("bot.slack")


def uninstalled(heard: Heard) -> None:
    """Record that the app was uninstalled (https://docs.slack.dev/reference/events/app_uninstalled)."""
    _revoke(heard, "app_uninstalled", ())


def tokens_revoked(heard: Heard) -> None:
    """Record revoked tokens (https://docs.slack.dev/reference/events/tokens_revoked), ours or people's."""
    tokens = heard.event.get("tokens")
    bots = tokens.get("bot") if isinstance(tokens, dict) else None
    ours = tuple(bot for bot in bots if isinstance(bot, str)) if isinstance(bots, list) else ()
    if ours:
        _revoke(heard, "tokens_revoked", ours)


def member_changed(heard: Heard) -> None:
    """Record who left or is back (https://docs.slack.dev/reference/events/user_change, and team_join).

    Who was deactivated gets no more cards.

    Until they are back.
    """
    user = heard.event.get("user")
    if not isinstance(user, dict) or not isinstance(user.get("deleted"), bool):
        return
    team_id, slack_user_id = team_of(heard.body), str(user.get("id", ""))
    with transaction() as tx:
        if user["deleted"]:
            _gone(tx, team_id, slack_user_id)
        else:
            remember_back(tx, team_id, slack_user_id, _when(heard.body))


def _revoke(heard: Heard, reason: str, bots: tuple[str, ...]) -> None:
    with transaction() as tx:
        workspace_id = installations.revoke(tx, team_of(heard.body), reason, _when(heard.body), bots)
    if workspace_id is not None:
        log.warning("slack uninstalled", workspace_id=str(workspace_id), reason=reason)
        access.forget()


def _gone(tx: Connection, team_id: str, slack_user_id: str) -> None:
    member = slack_user(tx, team_id, slack_user_id)  # one who is active still
    if member.member_id is not None:
        remember_gone(tx, member.member_id)


def _when(body: Body) -> datetime:
    """When it happened, says Slack; now, where it does not say."""
    said = body.get("event_time")
    return datetime.fromtimestamp(said, UTC) if isinstance(said, int) and 0 < said < 2**33 else datetime.now(UTC)
