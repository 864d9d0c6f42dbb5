"""A member's queue: in which order and on which page it is, how it is counted, and what keeps its place in it."""

import pytest

from core.actor import Actor
from core.ids import new_id
from core.reviewers import review_queue
from core.reviewers.review_queue import CampaignCount, Queue
from core.taxonomy import DraftState, Surface
from tests.core.drafts.review_parts import ask_changes, rules, somebody
from tests.core.reviewers.queue_parts import (
    ALICE,
    BOB,
    CAROL,
    OTTO,
    elsewhere,
    give,
    ids,
    put_off,
    queue,
    queue_as,
    winter_of,
)
from tests.core.views.home_parts import low
from tests.fixtures.domain import Domain

pytestmark = pytest.mark.slow

NOTHING = Queue(drafts=(), total=0, low_risk=0, everything=0, snoozed=0, campaigns=())


# --- which, and in what order ---


def test_low_risk_the_surest_and_the_oldest_first_and_nothing_that_sleeps_or_is_decided(domain: Domain) -> None:
    blocked, closer = domain.ingest(body="Hi {{first_name}}"), domain.ingest()
    old, young, unsure, sure = low(domain), low(domain), low(domain, confidence=0.4), low(domain, confidence=0.9)
    asleep, decided, rejected = low(domain), low(domain), low(domain)
    put_off(asleep)
    domain.approve(decided)
    domain.reject(rejected)
    found = queue(domain)
    assert ids(found) == [sure, unsure, old, young, closer, blocked]
    assert [draft.risk for draft in found.drafts] == ["low"] * 4 + ["review", "blocked"]
    assert (found.total, found.everything, found.low_risk, found.snoozed) == (6, 6, 4, 1)


def test_pages(domain: Domain) -> None:
    drafts = [low(domain) for _ in range(9)]
    for per_page, asked, begin, end, page, pages in (
        (4, 0, 0, 4, 0, 3),
        (4, 1, 4, 8, 1, 3),
        (4, 2, 8, 9, 2, 3),
        (4, 3, 8, 9, 2, 3),
        (4, -1, 0, 4, 0, 3),
        (3, 2, 6, 9, 2, 3),
        (3, 3, 6, 9, 2, 3),
        (9, 1, 0, 9, 0, 1),
    ):
        found = queue(domain, per_page=per_page, page=asked)
        assert (ids(found), found.page, found.pages, found.total) == (drafts[begin:end], page, pages, 9)
    assert ids(queue(domain)) == drafts[:8], "eight on a page of Home"
    assert not queue(domain).hides_some


def test_nothing_is_one_empty_page(domain: Domain) -> None:
    assert queue(domain, page=3) == queue(domain, kept=[]) == NOTHING


def test_nothing_waits_for_who_is_no_member(domain: Domain) -> None:
    low(domain)
    assert queue_as(Actor(Surface.API, domain.workspace_id)) == NOTHING


def test_another_workspace_is_another_world(domain: Domain) -> None:
    there, to_change, asleep = low(domain), low(domain), low(domain)
    ask_changes(to_change)
    put_off(asleep)
    here = elsewhere(domain)
    assert queue(here, CAROL) == NOTHING
    draft = low(here)
    for user in (ALICE, CAROL):
        found = queue(here, user, kept=[there, draft])
        assert (ids(found), found.everything, found.snoozed, found.to_change) == ([draft], 1, 0, 0)
        assert found.campaigns == (CampaignCount(here.campaign_id, "Autumn launch", 1),)
        assert queue(here, user, campaign_id=domain.campaign_id).total == 0


# --- what is counted, and chosen ---


def test_a_choice_narrows_the_list_and_its_count_and_no_other_count(domain: Domain) -> None:
    winter = winter_of(domain)
    first, second, closer = low(domain), low(domain), domain.ingest()
    cold = low(domain, campaign="winter")
    put_off(low(domain))
    put_off(low(domain, campaign="winter"))
    for chosen, seen, low_risk in (
        ({}, [first, second, cold, closer], 3),
        ({"campaign_id": domain.campaign_id}, [first, second, closer], 2),
        ({"campaign_id": winter}, [cold], 1),
        ({"risk": "low"}, [first, second, cold], 3),
        ({"risk": "review"}, [closer], 0),
        ({"risk": "blocked"}, [], 0),
        ({"campaign_id": domain.campaign_id, "risk": "low"}, [first, second], 2),
        ({"campaign_id": winter, "risk": "review"}, [], 0),
    ):
        found = queue(domain, **chosen)
        assert (ids(found), found.total, found.low_risk) == (seen, len(seen), low_risk)
        assert (found.everything, found.snoozed) == (4, 2)
        assert found.campaigns == (
            CampaignCount(domain.campaign_id, "Autumn launch", 3),
            CampaignCount(winter, "Winter", 1),
        )


def test_the_campaign_in_which_most_waits_comes_first_then_by_name(domain: Domain) -> None:
    winter = winter_of(domain)
    low(domain)
    low(domain, campaign="winter")
    for name, order in (("Aardvark", [winter, domain.campaign_id]), ("Zebra", [domain.campaign_id, winter])):
        domain.sql("UPDATE campaigns SET name = %s WHERE id = %s", name, winter)
        assert [count.campaign_id for count in queue(domain).campaigns] == order
    low(domain, campaign="winter")
    assert queue(domain).campaigns == (
        CampaignCount(winter, "Zebra", 2),
        CampaignCount(domain.campaign_id, "Autumn launch", 1),
    )


def test_what_waits_for_changes_is_counted_for_whose_it_is(domain: Domain) -> None:
    somebody(domain, OTTO)
    nobodys, bobs, waits = low(domain), low(domain), low(domain)
    give(domain, bobs, BOB)
    ask_changes(nobodys)
    ask_changes(bobs)
    for user, seen, to_change in ((ALICE, [waits], 1), (BOB, [waits], 2), (CAROL, [waits], 2), (OTTO, [], 0)):
        found = queue(domain, user)
        assert (ids(found), found.to_change) == (seen, to_change)


# --- rows that keep their places ---


def test_what_was_decided_keeps_its_place_and_the_page_follows_as_far_as_there_is_room(domain: Domain) -> None:
    decided, first, second, third = (low(domain) for _ in range(4))
    domain.approve(decided)
    found = queue(domain, per_page=2, kept=[decided])
    assert (ids(found), found.total, found.hides_some) == ([decided, first, second], 3, False)
    became, *others = [draft.became for draft in found.drafts]
    assert became is not None
    assert (became.state, became.who) == (DraftState.WAITING, ALICE)
    assert others == [None, None]
    kept = queue(domain, per_page=2, kept=[second, decided, third])
    assert (ids(kept), kept.hides_some) == ([second, decided, third], False), "in the order given, and the page is full"
    for kept_rows, seen, why in (
        ([], [first, second], "as none keep their places"),
        ([first], [first, second], "none twice"),
        ([third], [third, first], "what is of another page takes the place of one of this"),
    ):
        found = queue(domain, per_page=2, kept=kept_rows)
        assert (ids(found), found.hides_some) == (seen, False), why


def test_what_is_snoozed_endorsed_or_handed_on_keeps_its_place_and_takes_none_of_the_page(domain: Domain) -> None:
    rules(domain, quorum=2)
    asleep, endorsed, handed, first, second = (low(domain) for _ in range(5))
    until = put_off(asleep)
    domain.vote(endorsed)
    give(domain, handed, BOB)
    found = queue(domain, per_page=1, kept=[asleep, endorsed, handed])
    assert (ids(found), found.hides_some) == ([asleep, endorsed, handed, first], False)
    became = [draft.became for draft in found.drafts]
    rests = [one and (one.snoozed_until, one.assigned_to) for one in became]
    assert rests == [(until, None), (None, None), (None, BOB), None]
    assert second not in ids(found)


def test_beside_many_rows_that_keep_their_places_some_have_no_room(
    domain: Domain, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert review_queue.MOST_ROWS == 16
    monkeypatch.setattr(review_queue, "MOST_ROWS", 3)
    gone = [low(domain) for _ in range(3)]
    first, second = low(domain), low(domain)
    for draft in gone:
        domain.reject(draft)
    for kept, seen, hides_some in (
        (gone[:1], [gone[0], first, second], False),
        (gone[:2], [gone[0], gone[1], first], True),
        (gone, gone, True),
        ([*gone, second], [*gone, second], True),
        ([*gone, first, second], [*gone, first, second], False),
    ):
        found = queue(domain, per_page=2, kept=kept)
        assert (ids(found), found.hides_some) == (seen, hides_some)
    domain.reject(second)
    assert not queue(domain, per_page=2, kept=gone[:2]).hides_some, "the one that waits has room"


def test_what_is_no_draft_of_theirs_takes_no_row_and_no_room(domain: Domain, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(review_queue, "MOST_ROWS", 2)
    theirs = low(domain)
    here = elsewhere(domain)
    first, second, _ = (low(here) for _ in range(3))
    found = queue(here, per_page=2, kept=[new_id(), theirs])
    assert (ids(found), found.hides_some) == ([first, second], False)
    here.reject(second)
    found = queue(here, per_page=2, kept=[theirs, second])
    assert (ids(found), found.hides_some) == ([second, first], True)
