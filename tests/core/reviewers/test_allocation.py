"""Allocation: who gets each of several drafts, by how many cards they have, whose turn it is, and who has room."""

from math import inf
from typing import Any

import pytest

from core.ids import UUID, new_id
from core.reviewers.allocation import Allocation, allocate
from core.reviewers.people import People, Person
from core.reviewers.routing import OpenDraft, Rules
from core.taxonomy import Routing

CAMPAIGN = new_id()
ANN, BEN, CLEO = (new_id() for _ in range(3))
NAMES = {ANN: "Ann", BEN: "Ben", CLEO: "Cleo"}


def allocated(
    drafts: int,
    *,
    routing: Routing,
    have: dict[UUID, int] | None = None,
    room: dict[UUID, float] | None = None,
    turns: dict[UUID, int] | None = None,
    unknown: int = 0,
) -> tuple[list[str], Allocation]:
    """The names of who gets a card, in order. The first `unknown` drafts are of an unknown outcome."""
    people = People(None, {member: Person(member, is_admin=False) for member in NAMES})
    rules = Rules(CAMPAIGN, routing, dict.fromkeys(NAMES, 0) | (turns or {}))
    waiting = [OpenDraft(new_id(), CAMPAIGN, unknown=number < unknown) for number in range(drafts)]
    room = dict.fromkeys(NAMES, inf) | (room or {})
    allocation = allocate(waiting, {CAMPAIGN: rules}, people, room, have or {})
    return [NAMES[member] for _, member in allocation.cards], allocation


@pytest.mark.parametrize(
    ("have", "names"),
    [
        # Each card counts from the moment that it is given: who had fewest gets no more than makes them even.
        ({ANN: 2, BEN: 0, CLEO: 9}, ["Ben", "Ben", "Ann", "Ben", "Ann"]),
        ({ANN: 2, CLEO: 9}, ["Ben", "Ben", "Ann", "Ben", "Ann"]),
        ({ANN: 1, CLEO: 9}, ["Ben", "Ann", "Ben", "Ann", "Ben"]),
        ({ANN: 3, BEN: 1, CLEO: 2}, ["Ben", "Cleo", "Ben", "Ann", "Cleo"]),
        ({}, ["Ann", "Ben", "Cleo", "Ann", "Ben"]),
    ],
)
def test_least_loaded_counts_what_each_has_and_what_it_gave_them(have: dict[UUID, int], names: list[str]) -> None:
    assert allocated(5, routing=Routing.LEAST_LOADED, have=have)[0] == names


def test_round_robin_asks_for_turns_alone() -> None:
    names, allocation = allocated(4, routing=Routing.ROUND_ROBIN, have={CLEO: 9}, turns={ANN: 7, BEN: 5, CLEO: 3})
    assert names == ["Cleo", "Ben", "Ann", "Cleo"]
    assert allocation.turns == {(CAMPAIGN, BEN): 9, (CAMPAIGN, ANN): 10, (CAMPAIGN, CLEO): 11}


@pytest.mark.parametrize("routing", [Routing.ROUND_ROBIN, Routing.LEAST_LOADED])
def test_nobody_gets_more_than_they_have_room_for(routing: Routing) -> None:
    names, allocation = allocated(5, routing=routing, room={ANN: 1, BEN: 2, CLEO: 0})
    assert names == ["Ann", "Ben", "Ben"]
    assert [NAMES[member] for member in allocation.assigned.values() if member] == names
    assert allocation.unserved == {ANN, BEN, CLEO}


def test_an_unknown_outcome_takes_no_room_and_counts_in_nobodys_hand() -> None:
    names, allocation = allocated(
        3, routing=Routing.LEAST_LOADED, room=dict.fromkeys(NAMES, 1), have={ANN: 1, BEN: 2, CLEO: 2}, unknown=1
    )
    assert names == ["Ann", "Ben", "Cleo", "Ann", "Ben"]
    assert allocation.unserved == set()


def handed(
    *drafts: OpenDraft,
    routing: Routing = Routing.EVERYONE,
    room: dict[UUID, float] | None = None,
    away: UUID | None = None,
) -> tuple[list[str], dict[int, str], set[str]]:
    """Who gets the card of which draft, by its number; whose it is now; and who had no room for something."""
    people = People(None, {member: Person(member, is_admin=False, away=member == away) for member in NAMES})
    rules = Rules(CAMPAIGN, routing, dict.fromkeys(NAMES, 0))
    allocation = allocate(drafts, {CAMPAIGN: rules}, people, dict.fromkeys(NAMES, inf) | (room or {}), {})
    number = {draft.draft_id: number for number, draft in enumerate(drafts)}
    return (
        [f"{NAMES[member]} {number[draft]}" for draft, member in allocation.cards],
        {number[draft]: NAMES[member] if member else "nobody" for draft, member in allocation.assigned.items()},
        {NAMES[member] for member in allocation.unserved},
    )


def one(**more: Any) -> OpenDraft:
    return OpenDraft(new_id(), CAMPAIGN, **more)


@pytest.mark.parametrize(
    ("drafts", "room", "away", "cards", "nobodys", "unserved"),
    [
        ([one()], {}, None, ["Ann 0", "Ben 0", "Cleo 0"], {}, set()),
        ([one(has=frozenset({ANN}))], {}, None, ["Ben 0", "Cleo 0"], {}, set()),
        (
            [one(has=frozenset({BEN})), one()],
            {BEN: 1, CLEO: 1},
            None,
            ["Ann 0", "Cleo 0", "Ann 1", "Ben 1"],
            {},
            {"Cleo"},
        ),
        ([one()], {ANN: 0}, None, ["Ben 0", "Cleo 0"], {}, {"Ann"}),
        # By name it is theirs whatever they have open, and takes room from what is not; but not while they are away.
        ([one(assigned_to=ANN)], {ANN: 0}, None, ["Ann 0"], {}, set()),
        ([one(assigned_to=ANN), one()], {ANN: 1}, None, ["Ann 0", "Ben 1", "Cleo 1"], {}, {"Ann"}),
        ([one(assigned_to=ANN)], {ANN: 0}, ANN, [], {}, {"Ann"}),
        ([one(unknown=True), one()], dict.fromkeys(NAMES, 0), ANN, ["Ben 0", "Cleo 0"], {}, {"Ann", "Ben", "Cleo"}),
        # Whose it was cannot decide it: it is nobody's. An unknown outcome stays whose it was.
        ([one(assigned_to=ANN, barred=frozenset({ANN}))], {ANN: 0}, None, ["Ben 0", "Cleo 0"], {0: "nobody"}, {"Ann"}),
        ([one(assigned_to=new_id(), unknown=True)], {}, None, ["Ann 0", "Ben 0", "Cleo 0"], {}, set()),
    ],
)
def test_who_gets_a_card_of_what_everybody_is_to_see(
    drafts: list[OpenDraft],
    room: dict[UUID, float],
    away: UUID | None,
    cards: list[str],
    nobodys: dict[int, str],
    unserved: set[str],
) -> None:
    assert handed(*drafts, room=room, away=away) == (cards, nobodys, unserved)


def test_what_is_handed_on_is_for_one_who_has_room_else_for_nobody_yet() -> None:
    left = [one(assigned_to=new_id()) for _ in range(3)]
    found = handed(*left, routing=Routing.ROUND_ROBIN, room={ANN: 1, BEN: 0, CLEO: 1})
    assert found == (["Ann 0", "Cleo 1"], {0: "Ann", 1: "Cleo", 2: "nobody"}, {"Ann", "Ben", "Cleo"})


def test_each_campaign_has_turns_of_its_own() -> None:
    other = new_id()
    people = People(None, {member: Person(member, is_admin=False) for member in NAMES})
    rules = {
        CAMPAIGN: Rules(CAMPAIGN, Routing.ROUND_ROBIN, {ANN: 4, BEN: 5}),
        other: Rules(other, Routing.ROUND_ROBIN, {ANN: 8, BEN: 7}),
    }
    drafts = [one(), OpenDraft(new_id(), other), one()]
    allocation = allocate(drafts, rules, people, dict.fromkeys(NAMES, inf), {})
    assert [NAMES[member] for _, member in allocation.cards] == ["Ann", "Ben", "Ben"]
    assert allocation.turns == {(CAMPAIGN, ANN): 6, (other, BEN): 9, (CAMPAIGN, BEN): 7}
