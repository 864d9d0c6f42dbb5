"""Alerts: what every admin of a workspace is told in Slack, once. A row for each of them, until it was told."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.engine import Connection

from core.ids import UUID, new_id
from core.models import Account, Alert, Member, Workspace
from core.taxonomy import Role

#: Who tells an alert has this long; then another may try. Longer than Slack takes for the few calls.
HOLD = timedelta(seconds=60)


@dataclass(frozen=True)
class ToTell:
    """One alert, and whom it is for."""

    alert_id: UUID
    member_id: UUID
    slack_user_id: str
    dm_channel: str | None
    account: str = field(repr=False)
    sentence: str
    at: datetime
    timezone: str
    #: It was posted before, and nobody knows whether that arrived.
    in_doubt: bool


def raise_alert(tx: Connection, workspace_id: UUID, account_id: UUID, sentence: str) -> None:
    """Have every admin and owner of the workspace told what happened to this account."""
    admins = tx.scalars(
        sa.select(Member.id).where(
            Member.workspace_id == workspace_id, Member.active, Member.role.in_([Role.ADMIN, Role.OWNER])
        )
    ).all()
    rows = [
        {
            "id": new_id(),
            "workspace_id": workspace_id,
            "account_id": account_id,
            "member_id": member_id,
            "sentence": sentence,
        }
        for member_id in admins
    ]
    if rows:
        tx.execute(insert(Alert), rows)


def hold_next(tx: Connection) -> ToTell | None:
    """The next alert that is to be told, held so that nobody else tells it meanwhile; None when there is none."""
    next_ = (
        sa.select(Alert.id)
        .where(Alert.told_at.is_(None), Alert.gone_reason.is_(None), Alert.try_after <= sa.func.clock_timestamp())
        .order_by(Alert.try_after)
        .limit(1)
        .with_for_update(skip_locked=True)
        .scalar_subquery()
    )
    row = tx.execute(
        sa.update(Alert)
        .where(
            Alert.id == next_,
            Member.id == Alert.member_id,
            Account.id == Alert.account_id,
            Workspace.id == Alert.workspace_id,
        )
        .values(try_after=sa.func.clock_timestamp() + sa.cast(HOLD, sa.Interval))
        .returning(
            Alert.id.label("alert_id"),
            Alert.member_id,
            Member.slack_user_id,
            Member.dm_channel,
            Account.address.label("account"),
            Alert.sentence,
            Alert.created_at.label("at"),
            Workspace.timezone,
            Alert.tried_at.is_not(None).label("in_doubt"),
        )
    ).first()
    return ToTell(**row._mapping) if row else None


def trying(tx: Connection, alert_id: UUID) -> None:
    """It is about to be posted: from now on the message may exist."""
    tx.execute(sa.update(Alert).where(Alert.id == alert_id).values(tried_at=sa.func.clock_timestamp()))


def told(tx: Connection, alert_id: UUID) -> None:
    """It stands in the member's DM."""
    tx.execute(sa.update(Alert).where(Alert.id == alert_id).values(told_at=sa.func.clock_timestamp()))


def give_up(tx: Connection, alert_id: UUID, reason: str) -> None:
    """Nobody can be reached there."""
    tx.execute(sa.update(Alert).where(Alert.id == alert_id).values(gone_reason=reason))


def put_off(tx: Connection, alert_id: UUID, seconds: float) -> None:
    """Slack could not take it now."""
    wait = sa.cast(timedelta(seconds=seconds), sa.Interval)
    tx.execute(sa.update(Alert).where(Alert.id == alert_id).values(try_after=sa.func.clock_timestamp() + wait))
