"""The app in Slack teams: installed by OAuth, its tokens kept sealed and renewed, and gone when Slack says so.

A team without a row here goes by SLACK_BOT_TOKEN, if that is its own. One whose installation was revoked goes by
nothing: its cards wait until somebody installs the app again.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.engine import Connection

from core import events
from core.actor import Actor
from core.declare.declaration import WorkspaceTable
from core.drafts.order import OPEN_STATUS
from core.errors import Refusal
from core.ids import UUID, new_id
from core.models import Alert, Card, Draft, Member, SlackInstallation, Workspace
from core.secrets import SLACK_TOKEN, unseal
from core.taxonomy import RefusalCode, Role, Surface, Verb
from core.teams.tokens import Tokens, sealed


@dataclass(frozen=True)
class Granted:
    """What Slack granted: the team, what the app may do there, and who installed it."""

    team_id: str
    team_name: str
    bot_user_id: str
    scopes: Sequence[str]
    tokens: Tokens
    #: The installer, in Slack's id, and their name where Slack told it.
    user_id: str
    user_name: str
    #: Theirs, for the workspace if it is new.
    timezone: str
    #: The hash of the round trip, which is good once.
    state_sha256: str


@dataclass(frozen=True)
class Held:
    """The installation of a workspace. `token` is empty when it was revoked."""

    id: UUID
    workspace_id: UUID
    token: str = field(repr=False)
    expires_at: datetime | None


@dataclass(frozen=True)
class Installed:
    """The workspace of a team, and whether it was made just now."""

    workspace_id: UUID
    is_new: bool


def install(tx: Connection, granted: Granted) -> Installed:
    """Keep an installation, new or again, and let the cards go that waited for it.

    A team that we do not know becomes a workspace, with the installer as its owner. In one that we know the installer
    gets no role that they did not have. Raises `Refusal` for a round trip that was used before.
    """
    made = _workspace(tx, granted)
    workspace_id = made.workspace_id
    if made.is_new:
        tx.execute(insert(Member).values(id=new_id(), role=Role.OWNER, **_member(workspace_id, granted)))
    by = tx.execute(
        sa.select(Member.id, Member.name).where(
            Member.workspace_id == workspace_id, Member.slack_user_id == granted.user_id, Member.active
        )
    ).first()
    if tx.scalar(sa.select(SlackInstallation.id).where(SlackInstallation.state_sha256 == granted.state_sha256)):
        raise Refusal(RefusalCode.NOTHING_TO_DO, "This installation is done already.")
    id_ = tx.scalar(sa.select(SlackInstallation.id).where(SlackInstallation.workspace_id == workspace_id)) or new_id()
    values = {
        "bot_user_id": granted.bot_user_id,
        "scopes": sorted(granted.scopes),
        "state_sha256": granted.state_sha256,
        "installed_by": by.id if by else None,
        "installed_at": sa.func.clock_timestamp(),
        "revoked_at": None,
        "reason": None,
        **sealed(id_, granted.tokens),
    }
    names = {"id": id_, "workspace_id": workspace_id, "slack_team_id": granted.team_id}
    tx.execute(
        insert(SlackInstallation).values(**names, **values).on_conflict_do_update(index_elements=["id"], set_=values)
    )
    actor = Actor(Surface.SLACK, workspace_id, by.id if by else None, name=by.name if by else "Somebody")
    events.write(tx, actor, events.Entry(Verb.INSTALL, data={"new": made.is_new, "scopes": len(granted.scopes)}))
    _let_go_on(tx, workspace_id)
    return made


def revoke(tx: Connection, team_id: str, reason: str, at: datetime, bot_user_ids: Sequence[str] = ()) -> UUID | None:
    """Slack says that the app is gone from a team, or its token. Returns the workspace, None when nothing changed.

    `at` is when that happened: news of an installation that was followed by another says nothing about that one.
    `bot_user_ids` are the bots whose tokens were taken back; none: whatever bot there is.
    """
    workspace_id = tx.scalar(sa.select(Workspace.id).where(Workspace.slack_team_id == team_id))
    if workspace_id is None:
        return None
    ours = SlackInstallation.bot_user_id.in_(bot_user_ids) if bot_user_ids else sa.true()
    revoked = tx.scalar(
        sa.update(SlackInstallation)
        .where(SlackInstallation.workspace_id == workspace_id, SlackInstallation.revoked_at.is_(None), ours)
        .where(sa.func.date_trunc("second", SlackInstallation.installed_at) <= at)
        .values(
            revoked_at=sa.func.clock_timestamp(),
            reason=reason,
            bot_token=None,
            refresh_token=None,
            expires_at=None,
            held_until=None,
        )
        .returning(SlackInstallation.workspace_id)
    )
    if revoked is None:
        return None
    events.write(tx, Actor(Surface.SLACK, workspace_id), events.Entry(Verb.UNINSTALL, data={"reason": reason}))
    return workspace_id


def held(tx: Connection, *, workspace_id: UUID | None = None, team_id: str | None = None) -> Held | None:
    """The installation of this workspace, or team; of the only one there is, where none is named. None: there is none.

    Raises `StillSealed` when its token was stored under another SECRET_KEY.
    """
    chosen = (
        SlackInstallation.workspace_id == workspace_id
        if workspace_id
        else SlackInstallation.slack_team_id == team_id
        if team_id
        else sa.true()
    )
    columns = (SlackInstallation.id, SlackInstallation.workspace_id, SlackInstallation.bot_token)
    rows = tx.execute(sa.select(*columns, SlackInstallation.expires_at).where(chosen).limit(2)).all()
    if len(rows) != 1:
        return None
    row = rows[0]
    token = unseal(row.bot_token, row.id, SLACK_TOKEN) if row.bot_token else ""
    return Held(row.id, row.workspace_id, token, row.expires_at)


def team_of(tx: Connection, workspace_id: UUID) -> str:
    """The Slack team of a workspace."""
    return tx.execute(sa.select(Workspace.slack_team_id).where(Workspace.id == workspace_id)).scalar_one()


def _workspace(tx: Connection, granted: Granted) -> Installed:
    """The workspace of this team; a new one has the defaults of `signoff apply`."""
    defaults = {name: field.default for name, field in WorkspaceTable.model_fields.items() if not field.is_required()}
    named = {"name": granted.team_name, "slack_team_id": granted.team_id, "timezone": granted.timezone}
    made = tx.scalar(
        insert(Workspace)
        .values(id=new_id(), **defaults, **named)
        .on_conflict_do_nothing(index_elements=["slack_team_id"])
        .returning(Workspace.id)
    )
    # Locked: two people who install at once take turns, and nobody else, such as a job that deals cards.
    found = sa.select(Workspace.id).where(Workspace.slack_team_id == granted.team_id).with_for_update(key_share=True)
    return Installed(made or tx.execute(found).scalar_one(), made is not None)


def _member(workspace_id: UUID, granted: Granted) -> dict[str, object]:
    return {"workspace_id": workspace_id, "slack_user_id": granted.user_id, "name": granted.user_name}


def _let_go_on(tx: Connection, workspace_id: UUID) -> None:
    """What waited for Slack's word waits no longer: the clock rings for it.

    Whom Slack did not know before it may know now: open drafts are posted there again. Who was deactivated stays so.
    """
    found_again = tx.scalars(
        sa.update(Card)
        .where(
            Card.workspace_id == workspace_id,
            Card.gone_reason != "member_deactivated",
            Card.draft_id.in_(sa.select(Draft.id).where(Draft.workspace_id == workspace_id, OPEN_STATUS)),
        )
        .values(gone_reason=None)
        .returning(Card.draft_id)
    ).all()
    of_them = Draft.id.in_(set(found_again))
    to_draw = (
        sa.select(Draft.id)
        .where(Draft.workspace_id == workspace_id, of_them | (Draft.drawn_revision < Draft.revision))
        .order_by(Draft.id)
        .with_for_update(key_share=True)
    )
    bumped = Draft.revision + sa.case((of_them, 1), else_=0)
    tx.execute(sa.update(Draft).where(Draft.id.in_(to_draw)).values(revision=bumped, sync_after=sa.func.now()))
    untold = Alert.told_at.is_(None) & Alert.gone_reason.is_(None)
    tx.execute(sa.update(Alert).where(Alert.workspace_id == workspace_id, untold).values(try_after=sa.func.now()))
