"""Whom cards can go to: the active reviewers, admins and owners of a workspace, and how free each of them is."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from math import inf

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.db import literal
from core.drafts.order import AWAKE, OPEN_STATUS
from core.ids import UUID
from core.models import Card, Draft, Member, Workspace
from core.reviewers import quiet
from core.reviewers.quiet import QuietSettings
from core.taxonomy import Role

#: Whoever is away for longer is not waited for: quiet hours are shorter, and somebody on leave is muted for longer.
LONGEST_WAIT = timedelta(days=1)
DECIDING_ROLES = [literal(role) for role in Role if role.covers(Role.REVIEWER)]


@dataclass(frozen=True)
class Person:
    """A member who may decide, as things stand now."""

    member_id: UUID
    is_admin: bool
    #: Nothing new comes to them now: they are muted, or it is their quiet hours; for longer than is waited for.
    away: bool = False
    long_away: bool = False
    #: Something may wait for them already, ahead of what comes now.
    owed: bool = False


@dataclass(frozen=True)
class People:
    """Everybody whom cards can go to, by id; and how many open cards each may have (None: any number)."""

    limit: int | None
    by_id: dict[UUID, Person]

    @property
    def admins(self) -> list[Person]:
        return [person for person in self.by_id.values() if person.is_admin]


def read_people(tx: Connection, workspace_id: UUID, *, hold: bool = False) -> People:
    """The active members of a workspace who may decide, ordered by id.

    `hold`: nobody else gives them cards until this transaction ends.

    Members are locked after everything else (docs/locks.md), and not against references to them.
    """
    limit = tx.scalar(sa.select(Workspace.open_cards).where(Workspace.id == workspace_id))
    rows = tx.execute(_LOCK if hold else _READ, {"workspace": workspace_id}).all()
    found: dict[UUID, Person] = {}
    for row in rows:
        wish = QuietSettings(row.zone, row.quiet_from, row.quiet_to, row.muted_until)
        back: datetime | None = quiet.free_from(wish, row.now)
        found[row.id] = Person(
            member_id=row.id,
            is_admin=Role(row.role).covers(Role.ADMIN),
            away=back is not None,
            long_away=back is not None and back > row.now + LONGEST_WAIT,
            owed=row.owed,
        )
    return People(limit, found)


_READ = (
    sa.select(
        *(Member.id, Member.role, Member.owed),
        sa.func.coalesce(Member.timezone, Workspace.timezone).label("zone"),
        *(Member.quiet_from, Member.quiet_to, Member.muted_until),
        sa.func.clock_timestamp().label("now"),
    )
    .join(Workspace, Workspace.id == Member.workspace_id)
    .where(Member.workspace_id == sa.bindparam("workspace"), Member.active, Member.role.in_(DECIDING_ROLES))
    .order_by(Member.id)
)
_LOCK = _READ.with_for_update(of=Member, key_share=True)


def open_cards(tx: Connection, workspace_id: UUID) -> dict[UUID, int]:
    """How many cards that ask for a decision each member has. One of a draft that was put off asks for none."""
    rows = tx.execute(_OPEN_CARDS, {"workspace": workspace_id}).all()
    return {row.member_id: row.open for row in rows}


#: Draft by draft, as a subquery: joined, all of a middling table was read for the sake of some cards.
_IS_OPEN = sa.select(OPEN_STATUS & AWAKE).where(Draft.id == Card.draft_id).correlate(Card).scalar_subquery()
_OPEN_CARDS = (
    sa.select(Card.member_id, sa.func.count().filter(_IS_OPEN).label("open"))
    .join(Member, Member.id == Card.member_id)
    .where(Member.workspace_id == sa.bindparam("workspace"), Card.asks, Card.gone_reason.is_(None))
    .group_by(Card.member_id)
)


def room(people: People, have: dict[UUID, int]) -> dict[UUID, float]:
    """How many open cards more each may have: none for who is away."""
    limit = inf if people.limit is None else people.limit
    return {person.member_id: _room(person, limit, have) for person in people.by_id.values()}


def _room(person: Person, limit: float, have: dict[UUID, int]) -> float:
    return 0 if person.away else max(0, limit - have.get(person.member_id, 0))


def mark_owed(tx: Connection, members: sa.ColumnElement[bool]) -> None:
    """Mark these members as owed something, for the reconcile loop of the backlog. Locked by id, as everywhere."""
    chosen = (
        sa.select(Member.id)
        .where(members, Member.active, ~Member.owed)
        .order_by(Member.id)
        .with_for_update(key_share=True)
    )
    tx.execute(sa.update(Member).where(Member.id.in_(chosen)).values(owed=True))
