"""Allocation: who gets the card of each draft, in order, within each reviewer's capacity. Pure.

Round robin takes whoever had their turn longest ago; least loaded whoever has the fewest cards open, and among equals
whose turn it is. Both only among those who have room.

What nobody has room for waits, and is distributed by `core/reviewers/backlog.py` once somebody has.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from core.ids import UUID
from core.reviewers.people import People
from core.reviewers.routing import OpenDraft, Rules, assignee, recipients_of
from core.taxonomy import Routing


@dataclass
class Allocation:
    """What `allocate` decided."""

    #: (draft, member) of every new card.
    cards: list[tuple[UUID, UUID]] = field(default_factory=list)
    #: Drafts that were assigned anew: to whom, or to nobody yet.
    assigned: dict[UUID, UUID | None] = field(default_factory=dict)
    #: (campaign, member) of every turn that was taken.
    turns: dict[tuple[UUID, UUID], int] = field(default_factory=dict)
    #: Who had no room for something, which waits for them.
    unserved: set[UUID] = field(default_factory=set)


def allocate(
    drafts: Iterable[OpenDraft],
    rules: Mapping[UUID, Rules],
    people: People,
    room: Mapping[UUID, float],
    have: Mapping[UUID, int],
) -> Allocation:
    """Allocate each draft, in the order given, to whom it is routed and who has room: round robin or least loaded."""
    allocation = Allocation()
    allocator = _Allocator(people, dict(room), dict(have), {one.campaign_id: dict(one.turns) for one in rules.values()})
    for draft in drafts:
        allocator.allocate(draft, rules[draft.campaign_id], allocation)
    return allocation


@dataclass
class _Allocator:
    people: People
    room: dict[UUID, float]
    have: dict[UUID, int]
    turns: dict[UUID, dict[UUID, int]]

    def allocate(self, draft: OpenDraft, rules: Rules, allocation: Allocation) -> None:
        to = recipients_of(draft, rules, self.people)
        if draft.assigned_to is not None and not draft.unknown and assignee(draft, self.people) is None:
            allocation.assigned[draft.draft_id] = None
        for member in to.every:
            if member in draft.has:
                continue
            waived = member in to.waived and not self.people.by_id[member].away
            if waived or self.room[member] > 0:
                self._take(draft, member, allocation)
            else:
                allocation.unserved.add(member)
        if not to.one_of:
            return
        free = [member for member in to.one_of if self.room[member] > 0]
        if not free:
            allocation.unserved.update(to.one_of)
            return
        chosen = min(free, key=lambda member: self._rank(rules, member))
        turns = self.turns[rules.campaign_id]
        turns[chosen] = max(turns.values()) + 1
        allocation.turns[rules.campaign_id, chosen] = turns[chosen]
        allocation.assigned[draft.draft_id] = chosen
        self._take(draft, chosen, allocation)

    def _rank(self, rules: Rules, member: UUID) -> tuple[int, int, UUID]:
        load = self.have.get(member, 0) if rules.routing == Routing.LEAST_LOADED else 0
        return load, self.turns[rules.campaign_id][member], member

    def _take(self, draft: OpenDraft, member: UUID, allocation: Allocation) -> None:
        allocation.cards.append((draft.draft_id, member))
        if not draft.unknown:
            self.room[member] -= 1
            self.have[member] = self.have.get(member, 0) + 1
