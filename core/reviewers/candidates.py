"""Next up: the drafts that wait for these members, in the order of review, found by index and without a lock.

It may find one that is somebody else's after all: who gets it is decided by `core/reviewers/routing.py`, under locks.
"""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.db import literal
from core.drafts.order import AWAKE, OPEN_STATUS, REVIEW_ORDER, RISK_RANK
from core.ids import UUID
from core.models import Campaign, Card, Delivery, Draft
from core.reviewers import open_drafts
from core.reviewers.people import People, Person
from core.reviewers.routing import Rules
from core.taxonomy import CampaignStatus, DeliveryStatus, Risk, Routing

# Counted draft by draft, in subqueries that the planner cannot turn round: it read all cards of old to find a few.
#: How often {who} endorsed a draft in its present round, or wrote it where nobody approves their own.
_BARRED = """(
    (
        SELECT count(*) FROM draft_approvals a
        WHERE (a.draft_id, a.review_round, a.member_id) = (drafts.id, drafts.review_round, {who})
    ) + (
        SELECT count(*) FROM draft_versions v JOIN campaigns c ON c.id = drafts.campaign_id AND NOT c.self_approval
        WHERE (v.draft_id, v.version, v.edited_by) = (drafts.id, drafts.version, {who})
    )
)"""
#: One of `takers` never had its card.
_LACKS = """EXISTS (
    SELECT FROM unnest(CAST(:takers AS uuid[])) AS taker (id)
    WHERE (SELECT count(*) FROM cards k WHERE (k.draft_id, k.member_id) = (drafts.id, taker.id)) = 0 {and_may}
)"""
_EACH = sa.text(_LACKS.format(and_may=""))
#: And none of `able`, of whom it is for one, has it.
_NOBODY_HAS = """(
    SELECT count(*) FROM cards k
    WHERE k.draft_id = drafts.id AND k.gone_reason IS NULL AND k.member_id = ANY(CAST(:able AS uuid[])) {and_may}
) = 0"""
_MAY = "AND {barred} = 0"
_LACKS_AND_MAY = _LACKS.format(and_may=_MAY.format(barred=_BARRED.format(who="taker.id")))
_EACH_WHO_MAY = sa.text(_LACKS_AND_MAY)
_ONE = sa.text(
    f"{_LACKS_AND_MAY} AND {_NOBODY_HAS.format(and_may=_MAY.format(barred=_BARRED.format(who='k.member_id')))}"
)
#: None of `able` may approve it and can be reached for it, so that it is left to admins.
_NOBODY_ABLE = sa.text(f"""NOT EXISTS (
    SELECT FROM unnest(CAST(:able AS uuid[])) AS person (id)
    WHERE {_BARRED.format(who="person.id")} = 0 AND (
        SELECT count(*) FROM cards k
        WHERE (k.draft_id, k.member_id) = (drafts.id, person.id) AND k.gone_reason IS NOT NULL
    ) = 0
)""")  # noqa: S608  only words of this file
_RANKS = {Risk.LOW: 1, Risk.REVIEW: 2, Risk.BLOCKED: 3}


def candidates(
    tx: Connection, workspace_id: UUID, people: People, members: Collection[UUID], room: Mapping[UUID, float], most: int
) -> list[UUID]:
    """Candidates for distribution: drafts of which one of `members` has no card, what is theirs by name, and what they
    have room for.

    Of each kind, and of each campaign, up to `most`.
    """
    admins = [member for member in members if people.by_id[member].is_admin]
    found = [*_assigned(tx, members, most), *_unknown(tx, workspace_id, admins, most)]
    free = {member for member in members if room[member] > 0}
    cards = int(min(sum(room[member] for member in free), most))
    if cards:
        of = (Campaign.workspace_id == workspace_id) & (Campaign.status != literal(CampaignStatus.ENDED))
        for rules in open_drafts.routing_rules(tx, of).values():
            for condition in _for_whom(rules, people, free):
                found += _in_order(tx, rules.campaign_id, condition, cards)
    return list(dict.fromkeys(found))


def _assigned(tx: Connection, members: Collection[UUID], most: int) -> list[UUID]:
    """Assigned to one of these by a person, while they were away."""
    card = sa.select(Card.id).where(Card.draft_id == Draft.id, Card.member_id == Draft.assigned_to)
    lacks = card.correlate(Draft).scalar_subquery().is_(None)
    mine = Draft.assigned_to.in_(members)
    return list(tx.scalars(sa.select(Draft.id).where(mine, OPEN_STATUS, AWAKE, lacks).limit(most)))


def _unknown(tx: Connection, workspace_id: UUID, admins: Collection[UUID], most: int) -> list[UUID]:
    """Nobody knows whether it was sent, and one of these admins has no card of it."""
    return list(
        tx.scalars(
            sa.select(Delivery.draft_id)
            .join(Draft, Draft.id == Delivery.draft_id)
            .where(Delivery.workspace_id == workspace_id, Delivery.status == literal(DeliveryStatus.OUTCOME_UNKNOWN))
            .where(_EACH.bindparams(takers=list(admins)))
            .limit(most)
        )
    )


def _in_order(tx: Connection, campaign_id: UUID, condition: sa.ColumnElement[bool], most: int) -> list[UUID]:
    return list(
        tx.scalars(
            sa.select(Draft.id)
            .where(Draft.campaign_id == campaign_id, OPEN_STATUS, AWAKE, condition)
            .order_by(*REVIEW_ORDER)
            .limit(most)
        )
    )


def _for_whom(rules: Rules, people: People, free: Collection[UUID]) -> Iterator[sa.ColumnElement[bool]]:
    """Conditions on the drafts of a campaign that one of `free` may get: as reviewers, or as admins where they must.

    The same rules as in `recipients_of`, for a whole campaign at once.
    """
    reviewers = [person for member, person in people.by_id.items() if member in rules.turns]
    able = [person for person in reviewers if not person.long_away]
    able_admins = [person for person in able if person.is_admin]
    nobodys = Draft.assigned_to.is_(None)
    parts: list[tuple[sa.ColumnElement[bool], list[Person]]] = [(nobodys, able)]
    if rules.admins_above_risk is not None:
        above = Draft.risk.is_(None) | (sa.literal(_RANKS[Risk(rules.admins_above_risk)]) < RISK_RANK)
        parts = [(nobodys & ~above, able), (nobodys & above, able_admins)]
        # Assigned to somebody who may not approve it: it is for those who may as well.
        in_vain = Draft.assigned_to.is_not(None) & Draft.assigned_to.not_in(_ids(people.admins)) & above
        if takers := _takers(able_admins, free):
            yield in_vain & _EACH_WHO_MAY.bindparams(takers=takers)
        if takers := _takers(people.admins, free):
            yield in_vain & _EACH.bindparams(takers=takers) & _NOBODY_ABLE.bindparams(able=_ids(able_admins))
    everyone = rules.routing == Routing.EVERYONE
    for part, deciding in parts:
        if takers := _takers(reviewers if everyone else deciding, free):
            yield part & (_EACH if everyone else _ONE.bindparams(able=_ids(deciding))).bindparams(takers=takers)
        if takers := _takers(people.admins, free):
            yield part & _EACH.bindparams(takers=takers) & _NOBODY_ABLE.bindparams(able=_ids(deciding))


def _takers(asked: Collection[Person], free: Collection[UUID]) -> list[Any]:
    return [member for member in _ids(asked) if member in free]


def _ids(persons: Collection[Person]) -> list[Any]:
    return [person.member_id for person in persons]
