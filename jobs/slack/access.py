"""Which token a call of ours goes by, and whose budget it takes from."""

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime

from core.db import transaction
from core.errors import DatabaseAway
from core.ids import UUID
from core.secrets import StillSealed
from core.settings import settings
from core.teams import installations
from core.teams.installations import Held
from jobs.slack.token_team import token_team
from jobs.slack.trouble import SlackTrouble

#: Seconds for which an installation is believed to be as it was read. Slack itself refuses a token that is no more.
BELIEVED = 10.0
#: The budget of SLACK_BOT_TOKEN.
BY_ENVIRONMENT = "environment"
#: Seconds after which it is worth looking again whether somebody has installed the app. Doing so wakes what waits.
AFTER_UNINSTALL = 300.0
#: Seconds after which a token that ran out should have been renewed.
AFTER_EXPIRY = 5.0


@dataclass(frozen=True)
class Access:
    """A bot token, the name of the budget that all calls by it share, and the workspace if it has its own."""

    token: str = field(repr=False)
    budget: str
    workspace_id: UUID | None = None


_read: dict[tuple[str, object], tuple[float, Held | None]] = {}
_teams: dict[tuple[str, UUID], str] = {}


def access(workspace_id: UUID | None = None, team_id: str | None = None) -> Access:
    """The token of this workspace, or Slack team: its installation's, else SLACK_BOT_TOKEN.

    Where neither is named, there is but one. Raises `SlackTrouble`: `not_installed` for a team that uninstalled the
    app, or that we have no token for; `token_expired` for one that nobody has renewed in time.

    A job names a workspace, which may be another's than SLACK_BOT_TOKEN's; an answer to Slack names the team that it
    came from, and cannot wait until Slack has said whose token that is.
    """
    found = _installation(workspace_id, team_id)
    if found is None:
        token = settings().slack_bot_token.get_secret_value()
        if not token or (workspace_id and _is_of_another_team(workspace_id)):
            raise SlackTrouble("not_installed", AFTER_UNINSTALL)
        return Access(token, BY_ENVIRONMENT)
    if not found.token:
        raise SlackTrouble("not_installed", AFTER_UNINSTALL)
    if found.expires_at and found.expires_at <= datetime.now(UTC):
        raise SlackTrouble("token_expired", AFTER_EXPIRY)
    return Access(found.token, str(found.workspace_id), found.workspace_id)


def _is_of_another_team(workspace_id: UUID) -> bool:
    """Whether Slack said that SLACK_BOT_TOKEN is of another team: its members and channels are not this workspace's."""
    of_token = token_team()
    return of_token is not None and _team(settings().database_url, workspace_id) not in {None, of_token}


def _team(database: str, workspace_id: UUID) -> str | None:
    """The Slack team of a workspace, which never changes. None when Postgres is away."""
    key = (database, workspace_id)
    if key not in _teams:
        try:
            with transaction() as tx:
                _teams[key] = installations.team_of(tx, workspace_id)
        except DatabaseAway:
            return None
    return _teams[key]


def forget() -> None:
    """Read installations anew: one has changed."""
    _read.clear()


def _installation(workspace_id: UUID | None, team_id: str | None) -> Held | None:
    """The installation, as it was read a few seconds ago. With Postgres away: as it was read last."""
    key = (settings().database_url, workspace_id or team_id)
    until, found = _read.get(key, (0.0, None))
    if time.monotonic() < until:
        return found
    try:
        with transaction() as tx:
            found = installations.held(tx, workspace_id=workspace_id, team_id=team_id)
    except StillSealed as sealed:
        raise SlackTrouble("token_sealed", AFTER_UNINSTALL) from sealed
    except DatabaseAway:
        if key not in _read and not settings().slack_bot_token.get_secret_value():
            raise
        return found
    _read[key] = time.monotonic() + BELIEVED, found
    return found
