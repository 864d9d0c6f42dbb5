"""Later: the moments to which a person puts something off, in their own time zone."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.actor import Actor
from core.models import Member, Workspace

MORNING = time(9)


@dataclass(frozen=True)
class Choice:
    """A moment to come: its words, and when it is, from a moment in a person's own zone."""

    label: str
    after: Callable[[datetime], datetime]


def _tomorrow(now: datetime) -> datetime:
    return datetime.combine(now.date() + timedelta(days=1), MORNING, now.tzinfo)


def _monday(now: datetime) -> datetime:
    """The next one: on a Monday, in a week."""
    return datetime.combine(now.date() + timedelta(days=7 - now.weekday()), MORNING, now.tzinfo)


CHOICES: dict[str, Choice] = {
    "hour": Choice("For an hour", lambda now: now.astimezone(UTC) + timedelta(hours=1)),
    "tomorrow": Choice("Until tomorrow, 09:00", _tomorrow),
    "monday": Choice("Until Monday, 09:00", _monday),
}


def moment(choice: str, now: datetime, timezone: str) -> datetime:
    """When this choice is over. Raises KeyError for a word that is none of `CHOICES`."""
    return CHOICES[choice].after(now.astimezone(ZoneInfo(timezone)))


def zone_of(tx: Connection, by: Actor) -> str:
    """The actor's own time zone, or their workspace's."""
    return tx.execute(
        sa.select(sa.func.coalesce(Member.timezone, Workspace.timezone))
        .join(Workspace, Workspace.id == Member.workspace_id)
        .where(Member.id == by.member_id)
    ).scalar_one()
