"""When a member wants to hear of nothing new: while muted, and in the quiet hours of their own day."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.hours import local_day, time_of_day
from core.ids import UUID
from core.models import Member, Workspace


@dataclass(frozen=True)
class QuietSettings:
    """What a member said about it. `quiet_from` and `quiet_to` are both there, or neither; they may span midnight."""

    timezone: str
    quiet_from: time | None
    quiet_to: time | None
    muted_until: datetime | None


def quiet_until(tx: Connection, member_id: UUID, now: datetime) -> datetime | None:
    """From when on this member may be told of something again; None: now."""
    row = tx.execute(_SETTINGS, {"member": member_id}).first()
    return free_from(QuietSettings(*row), now) if row else None


def free_from(wish: QuietSettings, now: datetime) -> datetime | None:
    """The earliest moment after `now` that is neither muted nor quiet; None if that is now."""
    at = max(now, wish.muted_until or now)
    at = _end_of_quiet(wish, at) or at
    return at if at > now else None


def _end_of_quiet(wish: QuietSettings, at: datetime) -> datetime | None:
    """When the quiet hours end in which this moment lies; None if it lies in none."""
    if wish.quiet_from is None or wish.quiet_to is None:
        return None
    day = local_day(wish.timezone, at)
    over_midnight = timedelta(days=wish.quiet_to <= wish.quiet_from)
    for begins_on in (day - timedelta(days=1), day):
        begins = time_of_day(wish.timezone, begins_on, wish.quiet_from)
        ends = time_of_day(wish.timezone, begins_on + over_midnight, wish.quiet_to)
        if begins <= at < ends:
            return ends
    return None


_SETTINGS = (
    sa.select(
        sa.func.coalesce(Member.timezone, Workspace.timezone), Member.quiet_from, Member.quiet_to, Member.muted_until
    )
    .join(Workspace, Workspace.id == Member.workspace_id)
    .where(Member.id == sa.bindparam("member"))
)
