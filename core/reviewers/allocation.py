"""Hand out: who gets the card of each draft, in order, while there is room. Pure.

Round robin takes whoever had their turn longest ago; least loaded whoever has the fewest cards open, and among equals
whose turn it is. Both only among those who have room.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from core.ids import UUID
from core.reviewers.people import People
from core.reviewers.routing import OpenDraft, Rules, assignee, recipients_of
from core.taxonomy import Routing


@dataclass
class Allocation:
    """What came of it. Filled by `allocate`."""

    #: (draft, member) of every new card.
    cards: list[tuple[UUID, UUID]] = field(default_factory=list)
    #: Drafts that were assigned anew: to whom, or to nobody yet.
    assigned: dict[UUID, UUID | None] = field(default_factory=dict)
    #: (campaign, member) of every turn that was taken.
    turns: dict[tuple[UUID, UUID], int] = field(default_factory=dict)
    #: Who has something to wait for still.
    left: set[UUID] = field(default_factory=set)


def allocate(
    drafts: Iterable[OpenDraft],
    rules: Mapping[UUID, Rules],
    people: People,
    room: Mapping[UUID, float],
    have: Mapping[UUID, int],
) -> Allocation:
    """Give each draft, in the order given, to whom it is for and who has room for it."""
    hands = Allocation()
    table = _Allocator(people, dict(room), dict(have), {one.campaign_id: dict(one.turns) for one in rules.values()})
    for draft in drafts:
        table.give(draft, rules[draft.campaign_id], hands)
    return hands


@dataclass
class _Allocator:
    people: People
    room: dict[UUID, float]
    have: dict[UUID, int]
    turns: dict[UUID, dict[UUID, int]]

    def give(self, draft: OpenDraft, rules: Rules, hands: Allocation) -> None:
        to = recipients_of(draft, rules, self.people)
        if draft.assigned_to is not None and not draft.unknown and assignee(draft, self.people) is None:
            hands.assigned[draft.draft_id] = None
        for member in to.every:
            if member in draft.has:
                continue
            waived = member in to.waived and not self.people.by_id[member].away
            if waived or self.room[member] > 0:
                self._take(draft, member, hands)
            else:
                hands.left.add(member)
        if not to.one_of:
            return
        free = [member for member in to.one_of if self.room[member] > 0]
        if not free:
            hands.left.update(to.one_of)
            return
        chosen = min(free, key=lambda member: self._rank(rules, member))
        turns = self.turns[rules.campaign_id]
        turns[chosen] = max(turns.values()) + 1
        hands.turns[rules.campaign_id, chosen] = turns[chosen]
        hands.assigned[draft.draft_id] = chosen
        self._take(draft, chosen, hands)

    def _rank(self, rules: Rules, member: UUID) -> tuple[int, int, UUID]:
        load = self.have.get(member, 0) if rules.routing == Routing.LEAST_LOADED else 0
        return load, self.turns[rules.campaign_id][member], member

    def _take(self, draft: OpenDraft, member: UUID, hands: Allocation) -> None:
        hands.cards.append((draft.draft_id, member))
        if not draft.unknown:
            self.room[member] -= 1
            self.have[member] = self.have.get(member, 0) + 1
