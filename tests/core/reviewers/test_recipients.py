"""Handing out, as pure rules over any workspace: never over the limit, nobody unseen while somebody has room, fair."""

from collections import Counter
from math import inf

import pytest
from hypothesis import assume, given
from hypothesis import strategies as some

from core.ids import UUID, new_id
from core.reviewers.allocation import Allocation, allocate
from core.reviewers.people import People, Person, room
from core.reviewers.routing import OpenDraft, Rules, recipients_of
from core.taxonomy import Risk, Routing

pytestmark = pytest.mark.slow

CAMPAIGN = new_id()
IDS = tuple(sorted(new_id() for _ in range(6)))
COUNTS = some.integers(0, 6)


@some.composite
def persons(draw: some.DrawFn, member_id: UUID) -> Person:
    away = draw(some.integers(0, 4)) == 0
    return Person(
        member_id,
        is_admin=draw(some.integers(0, 3)) == 0,
        away=away,
        long_away=away and draw(some.booleans()),
    )


@some.composite
def scenes(draw: some.DrawFn) -> tuple[People, Rules, list[OpenDraft], dict[UUID, int]]:
    """A few members, some away, with some cards open; a campaign; and drafts of which some have a card already."""
    ids = IDS[: draw(some.integers(1, 6))]
    limit = draw(some.none() | some.integers(1, 4))
    people = People(limit, {member: draw(persons(member)) for member in ids})
    reviewers = draw(some.lists(some.sampled_from(IDS), unique=True))
    rules = Rules(
        CAMPAIGN,
        draw(some.sampled_from(list(Routing))),
        {member: draw(COUNTS) for member in reviewers},
        draw(some.none() | some.sampled_from(list(Risk))),
    )
    subset = some.frozensets(some.sampled_from(ids), max_size=2)
    drafts = [
        OpenDraft(
            new_id(),
            CAMPAIGN,
            risk=draw(some.sampled_from(list(Risk))),
            assigned_to=draw(some.none() | some.none() | some.sampled_from(IDS)),
            unknown=draw(some.integers(0, 9)) == 0,
            has=draw(subset),
            lost=draw(subset),
            barred=draw(subset),
        )
        for _ in range(draw(some.integers(0, 12)))
    ]
    return people, rules, drafts, {member: draw(COUNTS) for member in ids}


def allocated(scene: tuple[People, Rules, list[OpenDraft], dict[UUID, int]]) -> Allocation:
    people, rules, drafts, have = scene
    return allocate(drafts, {CAMPAIGN: rules}, people, room(people, have), have)


@given(scenes())
def test_nobody_gets_more_than_they_have_room_for(
    scene: tuple[People, Rules, list[OpenDraft], dict[UUID, int]],
) -> None:
    """But for what is theirs by name, and what only admins may say."""
    people, rules, drafts, have = scene
    waived = {(draft.draft_id, member) for draft in drafts for member in recipients_of(draft, rules, people).waived}
    new = Counter(member for draft, member in allocated(scene).cards if (draft, member) not in waived)
    limit = inf if people.limit is None else people.limit
    assert all(have[member] + count <= max(limit, have[member]) for member, count in new.items())


@given(scenes())
def test_nobody_who_is_away_or_unknown_gets_anything(
    scene: tuple[People, Rules, list[OpenDraft], dict[UUID, int]],
) -> None:
    people, _, drafts, _ = scene
    lost = {(draft.draft_id, member) for draft in drafts for member in draft.lost | draft.has}
    for draft, member in allocated(scene).cards:
        assert not people.by_id[member].away
        assert (draft, member) not in lost


@given(scenes())
def test_p2_none_waits_unseen_while_somebody_who_may_decide_has_room(
    scene: tuple[People, Rules, list[OpenDraft], dict[UUID, int]],
) -> None:
    """Whoever it is for, and has no card after all, is noted: they are asked again once they have room, or are back."""
    people, rules, drafts, have = scene
    allocation = allocated(scene)
    left = room(people, have)
    for _, member in allocation.cards:
        left[member] -= 1
    given_ = Counter(draft for draft, _ in allocation.cards)
    for draft in drafts:
        to = recipients_of(draft, rules, people)
        seen = bool(draft.has) or given_[draft.draft_id] > 0
        for member in {*to.every, *to.one_of} if not seen else ():
            assert people.by_id[member].away or left[member] <= 0
            assert member in allocation.unserved
        reached = [person for person in people.by_id.values() if person.member_id not in draft.lost]
        if any(person.is_admin for person in reached):
            assert seen or to.every or to.one_of, "it is somebody's"


@given(scenes())
def test_one_of_several_is_one(scene: tuple[People, Rules, list[OpenDraft], dict[UUID, int]]) -> None:
    people, rules, drafts, _ = scene
    allocation = allocated(scene)
    cards = Counter(draft for draft, _ in allocation.cards)
    for draft in drafts:
        if recipients_of(draft, rules, people).one_of:
            assert cards[draft.draft_id] <= 1
            assert (allocation.assigned.get(draft.draft_id) is not None) == (cards[draft.draft_id] == 1)


@given(some.integers(2, 6), some.integers(1, 40), some.lists(COUNTS, min_size=6, max_size=6))
def test_round_robin_is_fair_within_one(members: int, drafts: int, turns: list[int]) -> None:
    """Whatever turns they had before, over any number of drafts."""
    people = People(None, {member: Person(member, is_admin=False) for member in IDS[:members]})
    rules = Rules(CAMPAIGN, Routing.ROUND_ROBIN, dict(zip(IDS[:members], turns, strict=False)))
    waiting = [OpenDraft(new_id(), CAMPAIGN) for _ in range(drafts)]
    allocation = allocated((people, rules, waiting, dict.fromkeys(IDS[:members], 0)))
    counts = Counter(member for _, member in allocation.cards)
    assert sum(counts.values()) == drafts
    assert max(counts[member] for member in people.by_id) - min(counts[member] for member in people.by_id) <= 1


@given(scenes())
def test_least_loaded_picks_one_of_the_least_loaded(
    scene: tuple[People, Rules, list[OpenDraft], dict[UUID, int]],
) -> None:
    people, rules, drafts, have = scene
    assume(rules.routing == Routing.LEAST_LOADED)
    load, left = dict(have), room(people, have)
    allocation = allocated(scene)
    for draft in drafts:
        to = recipients_of(draft, rules, people)
        for member in [member for one, member in allocation.cards if one == draft.draft_id]:
            if member in to.one_of:
                assert load[member] == min(load[other] for other in to.one_of if left[other] > 0)
            if not draft.unknown:
                load[member] += 1
                left[member] -= 1


@given(scenes())
def test_whoever_has_room_gets_the_first_in_the_order(
    scene: tuple[People, Rules, list[OpenDraft], dict[UUID, int]],
) -> None:
    """What somebody was to have, and has not, comes after all of its kind that they got."""
    people, rules, drafts, _ = scene
    assume(rules.routing == Routing.EVERYONE)
    allocation = allocated(scene)
    got = set(allocation.cards)
    for member in people.by_id:
        theirs = [
            draft
            for draft in drafts
            if member in (to := recipients_of(draft, rules, people)).every and member not in to.waived
        ]
        came = [(draft.draft_id, member) in got for draft in theirs if member not in draft.has]
        assert came == sorted(came, reverse=True)
