"""Distribution: make the cards of drafts for whoever has room, under locks that no two jobs hold at once.

Drafts are locked before members, and members in the order of their ids, as everywhere.
"""

from collections.abc import Collection
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.engine import Connection

from core import events
from core.actor import SIGNOFF
from core.ids import UUID, new_id
from core.models import Campaign, CampaignReviewer, Card, Draft, Member
from core.reviewers import open_drafts
from core.reviewers import people as persons
from core.reviewers.allocation import Allocation, allocate
from core.reviewers.routing import OpenDraft
from core.taxonomy import CardPlace, Verb


@dataclass(frozen=True)
class Distribution:
    """How many drafts were looked at, which of them got cards or were reassigned, and who had no room for one."""

    looked_at: int
    dealt: set[UUID]
    assigned: set[UUID]
    unserved: set[UUID]


def distribute(tx: Connection, workspace_id: UUID, drafts: Collection[UUID], *, at_once: bool) -> Distribution:
    """Distribute these drafts to whom they are routed, in the order of review. Idempotent: who has a card gets no
    other.

    `at_once`: one draft that has just come or changed; who is owed one already gets none ahead of what waits.
    """
    waiting = open_drafts.read_open_drafts(tx, drafts, hold=True, skip=not at_once)
    if not waiting:
        return Distribution(0, set(), set(), set())
    people = persons.read_people(tx, workspace_id, hold=True)
    have = persons.open_cards(tx, workspace_id)
    room = persons.room(people, have)
    if at_once and people.limit is not None:
        room |= {person.member_id: 0 for person in people.by_id.values() if person.owed}
    rules = open_drafts.routing_rules(tx, Campaign.id.in_({draft.campaign_id for draft in waiting}))
    allocation = allocate(waiting, rules, people, room, have)
    _store(tx, workspace_id, waiting, allocation)
    if unknown_yet := [member for member in allocation.unserved if not people.by_id[member].owed]:
        persons.mark_owed(tx, Member.id.in_(unknown_yet))
    return Distribution(
        len(waiting), {draft for draft, _ in allocation.cards}, set(allocation.assigned), allocation.unserved
    )


def is_distributed(tx: Connection, workspace_id: UUID, waiting: OpenDraft) -> bool:
    """Dry run: whether everybody has the card who is to have it, and nothing is to be reassigned. Without any lock."""
    people = persons.read_people(tx, workspace_id)
    rules = open_drafts.routing_rules(tx, Campaign.id == waiting.campaign_id)
    nobody = dict.fromkeys(people.by_id, 0.0)
    allocation = allocate([waiting], rules, people, nobody, {})
    return not (allocation.cards or allocation.assigned or allocation.unserved)


def _store(tx: Connection, workspace_id: UUID, waiting: Collection[OpenDraft], allocation: Allocation) -> None:
    rows = [
        {"id": new_id(), "workspace_id": workspace_id, "draft_id": draft, "place": CardPlace.DM, "member_id": member}
        for draft, member in allocation.cards
    ]
    if rows:
        tx.execute(insert(Card).values(rows).on_conflict_do_nothing())
    for draft, member in allocation.assigned.items():
        tx.execute(sa.update(Draft).where(Draft.id == draft).values(assigned_to=member))
        to = str(member) if member else None
        events.write(tx, SIGNOFF, events.Entry(Verb.ASSIGN, workspace_id=workspace_id, draft_id=draft, data={"to": to}))
    for (campaign, member), turn in allocation.turns.items():
        tx.execute(
            sa.update(CampaignReviewer)
            .where(CampaignReviewer.campaign_id == campaign, CampaignReviewer.member_id == member)
            .values(turn=turn)
        )
