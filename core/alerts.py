"""Alerts: what a member, or a channel, is told in Slack, once. A row for each of them, until it was told."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.engine import Connection

from core.db import from_now
from core.ids import UUID, new_id
from core.models import Account, Alert, Member, Workspace
from core.taxonomy import AlertKind, Role

#: Who tells an alert has this long; then another may try. Longer than Slack takes for the few calls.
HOLD = timedelta(seconds=60)
NOW = timedelta(0)


@dataclass(frozen=True)
class ToTell:
    """One alert, and whom it is for: a member, or else a channel. No names and sentences in its repr (P11)."""

    alert_id: UUID
    workspace_id: UUID
    kind: AlertKind
    about: str | None
    draft_id: UUID | None
    account_id: UUID | None
    account: str | None = field(repr=False)
    sentence: str = field(repr=False)
    at: datetime
    timezone: str
    member_id: UUID | None
    slack_user_id: str | None
    dm_channel: str | None
    channel: str | None
    #: It was posted before, at `tried_at`, and nobody knows whether that arrived.
    in_doubt: bool
    tried_at: datetime | None = None


@dataclass(frozen=True)
class Notice:
    """What somebody is told: a sentence, of a draft or account. With a dedupe key (`about`) each is told it once."""

    kind: AlertKind
    sentence: str = field(repr=False)
    account_id: UUID | None = None
    draft_id: UUID | None = None
    about: str | None = None
    #: From now; it may turn out to be nothing until then.
    wait: timedelta = NOW


def raise_alert(tx: Connection, workspace_id: UUID, notice: Notice) -> None:
    """Have every admin and owner of the workspace told, after the notice's `wait` at the earliest. Idempotent by its
    dedupe key.
    """
    tell_members(tx, workspace_id, admins(tx, workspace_id), notice)


def admins(tx: Connection, workspace_id: UUID) -> Sequence[UUID]:
    """The active admins and owners of a workspace."""
    return tx.scalars(
        sa.select(Member.id)
        .where(Member.workspace_id == workspace_id, Member.active, Member.role.in_([Role.ADMIN, Role.OWNER]))
        .order_by(Member.id)
    ).all()


def tell_members(tx: Connection, workspace_id: UUID, members: Collection[UUID], notice: Notice) -> None:
    """Have each of these members told, as `raise_alert` does."""
    of = {"account_id": notice.account_id, "draft_id": notice.draft_id}
    _keep(tx, [_row(workspace_id, notice) | of | {"member_id": member} for member in members])


def tell_channel(tx: Connection, workspace_id: UUID, channel: str, notice: Notice) -> None:
    """Have a channel of Slack's told."""
    _keep(tx, [_row(workspace_id, notice) | {"channel": channel}])


def _row(workspace_id: UUID, notice: Notice) -> dict[str, object]:
    return {
        "id": new_id(),
        "workspace_id": workspace_id,
        "kind": notice.kind,
        "sentence": notice.sentence,
        "about": notice.about,
        "try_after": sa.func.now() + sa.cast(notice.wait, sa.Interval),
    }


def _keep(tx: Connection, rows: list[dict[str, object]]) -> None:
    if rows:
        tx.execute(insert(Alert).values(rows).on_conflict_do_nothing())


def hold_next(tx: Connection, without: Collection[UUID] = ()) -> ToTell | None:
    """The next alert that is to be told, held so that nobody else tells it meanwhile; None when there is none.

    `without` are workspaces whose Slack is in trouble at the moment.
    """
    next_ = (
        sa.select(Alert.id)
        .where(Alert.told_at.is_(None), Alert.gone_reason.is_(None), Alert.try_after <= sa.func.clock_timestamp())
        .where(*[Alert.workspace_id.not_in(without)] if without else [])
        .order_by(Alert.try_after, Alert.id)
        .limit(1)
        .with_for_update(skip_locked=True)
        .scalar_subquery()
    )
    held = tx.scalar(sa.update(Alert).where(Alert.id == next_).values(try_after=from_now(HOLD)).returning(Alert.id))
    if held is None:
        return None
    row = tx.execute(_TO_TELL, {"alert": held}).one()
    return ToTell(**{**row._mapping, "kind": AlertKind(row.kind)})


_TO_TELL = (
    sa.select(
        *(Alert.id.label("alert_id"), Alert.workspace_id, Alert.kind, Alert.about, Alert.draft_id, Alert.account_id),
        Account.address.label("account"),
        *(Alert.sentence, Alert.created_at.label("at")),
        *(Workspace.timezone, Alert.member_id),
        *(Member.slack_user_id, Member.dm_channel),
        Alert.channel,
        Alert.tried_at.is_not(None).label("in_doubt"),
        Alert.tried_at,
    )
    .join(Workspace, Workspace.id == Alert.workspace_id)
    .outerjoin(Member, Member.id == Alert.member_id)
    .outerjoin(Account, Account.id == Alert.account_id)
    .where(Alert.id == sa.bindparam("alert"))
)


def trying(tx: Connection, alert_id: UUID) -> None:
    """It is about to be posted: from now on the message may exist."""
    _set(tx, alert_id, tried_at=sa.func.clock_timestamp())


def settle_doubt(tx: Connection, alert_id: UUID) -> None:
    """Slack said no: what was posted has not arrived."""
    _set(tx, alert_id, tried_at=None)


def told(tx: Connection, alert_id: UUID) -> None:
    """It stands in the member's DM, or in the channel."""
    _set(tx, alert_id, told_at=sa.func.clock_timestamp())


def give_up(tx: Connection, alert_id: UUID, reason: str) -> None:
    """Nobody can be reached there."""
    _set(tx, alert_id, gone_reason=reason)


def take_back(tx: Connection, alert_id: UUID) -> None:
    """It is over before anybody was told; should it happen again, it is news again."""
    tx.execute(sa.delete(Alert).where(Alert.id == alert_id, Alert.told_at.is_(None)))


def put_off(tx: Connection, alert_id: UUID, wait: timedelta) -> None:
    """Slack could not take it now, or its member wants nothing at this hour."""
    _set(tx, alert_id, try_after=from_now(wait))


def _set(tx: Connection, alert_id: UUID, **values: object) -> None:
    tx.execute(sa.update(Alert).where(Alert.id == alert_id).values(**values))
