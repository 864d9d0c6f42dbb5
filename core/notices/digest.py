"""When a day's digest is due, and whom it is for. Each day is told once (`workspaces.digested_on` remembers)."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core import alerts
from core.hours import local_day, time_of_day
from core.ids import UUID
from core.models import Workspace
from core.taxonomy import AlertKind
from core.views import digest

_ABOUT = "digest:"


@dataclass(frozen=True)
class DueDigest:
    """A workspace, and its day of yesterday, whose digest is due now."""

    workspace_id: UUID
    day: date


def due_digests(tx: Connection) -> list[DueDigest]:
    """Yesterdays whose digest is due."""
    rows = tx.execute(
        sa.select(
            *(Workspace.id, Workspace.timezone, Workspace.digest_at, Workspace.digested_on, Workspace.created_at),
            sa.func.clock_timestamp().label("now"),
        ).where(Workspace.digest_at.is_not(None))
    ).all()
    found = []
    for row in rows:
        told = row.digested_on or local_day(row.timezone, row.created_at) - timedelta(days=1)
        day = due_day(row.timezone, row.digest_at, told, row.now)
        if day:
            found.append(DueDigest(row.id, day))
    return found


def due_day(timezone: str, at: time, told: date, now: datetime) -> date | None:
    """The day whose digest is due `now`; None if the latest that was `told` is that day, or a later one.

    It is yesterday, once the hour `at` has come today; until then it is the day before, should nobody have told it in
    time. After an outage of days only the latest is made up for: older ones help nobody.
    """
    today = local_day(timezone, now)
    has_come = now >= time_of_day(timezone, today, at)
    day = today - timedelta(days=1 if has_come else 2)
    return day if told < day else None


def announce(tx: Connection, due: DueDigest) -> bool:
    """Conditional update: claim this day's digest and have it told, in the workspace's channel or else to its admins
    and owners; False if it was.

    A day on which nothing happened, and after which nothing waits, is passed over.
    """
    claimed = tx.execute(
        sa.update(Workspace)
        .where(Workspace.id == due.workspace_id)
        .where(Workspace.digested_on.is_(None) | (Workspace.digested_on < due.day))
        .values(digested_on=due.day)
        .returning(Workspace.digest_channel)
    ).first()
    if claimed is None:
        return False
    if digest.read(tx, due.workspace_id, due.day).is_empty:
        return True
    if claimed.digest_channel:
        alerts.tell_channel(tx, due.workspace_id, claimed.digest_channel, _notice(due.day))
    else:
        tell_admins(tx, due.workspace_id, due.day)
    return True


def tell_admins(tx: Connection, workspace_id: UUID, day: date) -> None:
    """Have each admin and owner told: there is no channel, or it cannot be written to."""
    alerts.raise_alert(tx, workspace_id, _notice(day))


def about_day(day: date) -> str:
    """What an alert that tells a day's digest is about."""
    return f"{_ABOUT}{day.isoformat()}"


def day_of(about: str) -> date:
    """The day that such an alert is about."""
    return date.fromisoformat(about.removeprefix(_ABOUT))


def _notice(day: date) -> alerts.Notice:
    return alerts.Notice(AlertKind.DIGEST, f"The digest of {day:%A} {day.day} {day:%B %Y}.", about=about_day(day))
