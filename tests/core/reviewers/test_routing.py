"""Routing: whose a draft is. Everyone, in turn, or the least loaded; and nobody's, where nobody can be reached."""

from collections import Counter

import pytest

from core.actor import slack_user
from core.db import transaction
from core.drafts import assign, review
from core.reviewers import backlog as dealing
from core.taxonomy import Verb
from core.teams.members import remember_gone, remember_seen
from tests.core.reviewers.routing_parts import (
    ALICE,
    BOB,
    CAROL,
    assigned,
    back,
    campaign,
    cards,
    catch_up,
    come,
    counts,
    deal,
    ensure,
    id_of,
    join,
    member,
    muted,
    quiet_now,
    reviewers,
    workspace,
)
from tests.fixtures.domain import Domain

pytestmark = pytest.mark.slow

DORA = "U05DORA"
#: What makes the risk of a draft low.
LOW = {"to": {"email": "dana@example.org", "first_name": "Dana", "title": "CEO"}, "evidence": ["https://example.org"]}


def gone(domain: Domain, user: str) -> None:
    with transaction() as tx:
        remember_gone(tx, id_of(domain, user))


def assign_to(domain: Domain, draft: object, user: str, by: str = CAROL) -> None:
    with transaction() as tx:
        assign.assign(tx, draft, id_of(domain, user), slack_user(tx, "T01TEST", by))  # type: ignore[arg-type]  # a UUID


# --- everyone, in turn, the least loaded ---


def test_everyone_gets_a_card_of_every_draft(domain: Domain) -> None:
    come(domain, 3)
    assert counts(domain) == {ALICE: 3, BOB: 3, CAROL: 3}


def test_round_robin_gives_each_draft_to_one_in_turn(domain: Domain) -> None:
    campaign(domain, routing="round_robin")
    drafts = come(domain, 7)
    assert sorted(counts(domain).values()) == [2, 2, 3]
    turns = [assigned(domain, draft) for draft in drafts]
    assert len(set(turns[:3])) == 3
    assert turns[:4] == turns[3:], "the same turn again"
    assert all(
        cards(domain, user) == [d for d in drafts if assigned(domain, d) == user] for user in (ALICE, BOB, CAROL)
    )


def test_a_draft_is_routed_once_and_every_time_it_is_looked_at_stays_where_it_is(domain: Domain) -> None:
    campaign(domain, routing="round_robin")
    (draft,) = come(domain, 1)
    to = assigned(domain, draft)
    for _ in range(3):
        assert not ensure(domain, draft)
    assert assigned(domain, draft) == to
    assert domain.verbs(draft) == [Verb.INGEST, Verb.ASSIGN]


def test_an_assignment_by_routing_is_an_event_of_the_job(domain: Domain) -> None:
    campaign(domain, routing="least_loaded")
    (draft,) = come(domain, 1)
    to = str(id_of(domain, str(assigned(domain, draft))))
    assert domain.rows("SELECT surface, member_id, data FROM message_events WHERE verb = 'assign'") == [
        ("job", None, {"to": to})
    ]


def test_least_loaded_gives_it_to_who_has_the_fewest_open(domain: Domain) -> None:
    campaign(domain, routing="least_loaded")
    drafts = come(domain, 6)
    assert counts(domain) == {ALICE: 2, BOB: 2, CAROL: 2}
    for draft in drafts:
        if assigned(domain, draft) == BOB:
            domain.reject(draft, user=BOB)
    come(domain, 2)
    assert counts(domain) == {ALICE: 2, BOB: 2, CAROL: 2}


def test_a_card_says_at_once_for_whom_it_is(domain: Domain) -> None:
    """What is drawn after `ensure` is read anew: no card is posted first and mended then."""
    campaign(domain, routing="round_robin")
    draft = domain.ingest()
    before = domain.view(draft).revision
    assert ensure(domain, draft)
    assert domain.view(draft).revision == before + 1


# --- who left, was deactivated, or only looks on ---


def test_who_was_deactivated_or_only_looks_on_is_skipped(domain: Domain) -> None:
    member(domain, ALICE, active=False)
    member(domain, BOB, role="viewer")
    come(domain, 3)
    assert counts(domain) == {CAROL: 3}


def test_p2_the_drafts_of_a_member_who_left_are_handed_on(domain: Domain) -> None:
    campaign(domain, routing="round_robin")
    drafts = come(domain, 6)
    gone(domain, ALICE)
    catch_up(domain)
    assert {assigned(domain, draft) for draft in drafts} == {BOB, CAROL}
    assert set(cards(domain, BOB)) | set(cards(domain, CAROL)) == set(drafts)


def test_p2_what_waited_for_a_member_who_left_is_not_forgotten(domain: Domain) -> None:
    """Also what nobody had a card of yet, as the only reviewer had their hands full."""
    reviewers(domain, ALICE)
    workspace(domain, open_cards=2)
    drafts = come(domain, 5)
    gone(domain, ALICE)
    catch_up(domain)
    assert cards(domain, CAROL) == drafts[:2]
    domain.reject(drafts[0], user=CAROL)
    catch_up(domain)
    assert cards(domain, CAROL) == drafts[1:3]


def test_p2_a_reviewer_who_became_a_viewer_holds_nothing_back(domain: Domain) -> None:
    """No act tells of it: a declaration changed the role. The clock looks again now and then."""
    campaign(domain, routing="round_robin")
    drafts = come(domain, 3)
    member(domain, ALICE, role="viewer")
    with transaction() as tx:
        dealing.recheck_everybody(tx)
    catch_up(domain)
    assert {assigned(domain, draft) for draft in drafts} == {BOB, CAROL}


def test_a_reviewer_who_was_declared_later_gets_what_waits(domain: Domain) -> None:
    drafts = come(domain, 3)
    join(domain, DORA)
    reviewers(domain, ALICE, DORA)
    with transaction() as tx:
        dealing.recheck_everybody(tx)
    catch_up(domain)
    assert cards(domain, DORA) == drafts


@pytest.mark.parametrize("routing", ["everyone", "round_robin"])
def test_p2_a_reviewer_on_leave_is_not_waited_for(domain: Domain, routing: str) -> None:
    """Muted for longer than a day, and nobody else reviews: admins get it."""
    campaign(domain, routing=routing)
    reviewers(domain, ALICE)
    muted(domain, ALICE, hours=100)
    drafts = come(domain, 2)
    assert cards(domain, ALICE) == []
    assert cards(domain, CAROL) == drafts


def test_who_came_back_to_slack_gets_what_waits(domain: Domain) -> None:
    gone(domain, ALICE)
    drafts = come(domain, 2)
    assert cards(domain, ALICE) == []
    with transaction() as tx:
        remember_seen(tx, id_of(domain, ALICE))
    catch_up(domain)
    assert cards(domain, ALICE) == drafts


# --- those who may not decide it ---


def test_what_needs_two_goes_to_a_second_once_the_first_approved(domain: Domain) -> None:
    campaign(domain, routing="round_robin", quorum=2)
    (draft,) = come(domain, 1)
    first = str(assigned(domain, draft))
    domain.vote(draft, user=first)
    ensure(domain, draft)
    second = assigned(domain, draft)
    assert second not in (first, None)
    assert cards(domain, str(second)) == [draft]
    domain.approve(draft, user=str(second))
    assert domain.statuses(draft)[0] == "approved"


def test_who_wrote_it_hands_it_on_where_nobody_approves_their_own(domain: Domain) -> None:
    campaign(domain, routing="round_robin", self_approval=False)
    (draft,) = come(domain, 1)
    author = str(assigned(domain, draft))
    domain.edit(draft, user=author)
    ensure(domain, draft)
    assert assigned(domain, draft) not in (author, None)


# --- assignment by a person ---


def test_who_was_assigned_a_draft_gets_its_card_whatever_they_have_open(domain: Domain) -> None:
    workspace(domain, open_cards=1)
    first, second = come(domain, 2)
    assert counts(domain) == {ALICE: 1, BOB: 1, CAROL: 1}
    assign_to(domain, second, BOB)
    ensure(domain, second)
    assert cards(domain, BOB) == [first, second]
    assert cards(domain, ALICE) == [first]


def test_the_others_keep_the_card_of_a_draft_that_was_assigned(domain: Domain) -> None:
    (draft,) = come(domain, 1)
    assign_to(domain, draft, BOB)
    ensure(domain, draft)
    assert counts(domain) == {ALICE: 1, BOB: 1, CAROL: 1}
    assert assigned(domain, draft) == BOB


def test_who_reviews_no_campaign_can_be_assigned_a_draft_of_it(domain: Domain) -> None:
    reviewers(domain, ALICE)
    (draft,) = come(domain, 1)
    assign_to(domain, draft, BOB)
    ensure(domain, draft)
    assert cards(domain, BOB) == [draft]


def test_who_is_away_gets_what_was_assigned_once_they_are_back(domain: Domain) -> None:
    workspace(domain, open_cards=1)
    drafts = come(domain, 2)
    quiet_now(domain, BOB)
    assign_to(domain, drafts[1], BOB)
    ensure(domain, drafts[1])
    assert deal(domain) == []
    back(domain, BOB)
    assert deal(domain) == [drafts[1]]
    assert cards(domain, BOB) == drafts


def test_p2_a_draft_assigned_to_a_member_who_left_is_for_all_again(domain: Domain) -> None:
    reviewers(domain, ALICE, CAROL)
    draft = domain.ingest()
    assign_to(domain, draft, BOB)
    ensure(domain, draft)
    assert counts(domain) == {BOB: 1}
    gone(domain, BOB)
    catch_up(domain)
    assert assigned(domain, draft) is None
    assert cards(domain, ALICE) == cards(domain, CAROL) == [draft]


# --- channels, and what was decided ---


def test_a_channel_has_each_card_whatever_its_reviewers_have_open(domain: Domain) -> None:
    workspace(domain, open_cards=1)
    campaign(domain, slack_channel="C01REVIEW")
    come(domain, 4)
    places = Counter(place for (place,) in domain.rows("SELECT place FROM cards"))
    assert places == {"channel": 4, "dm": 3}


def test_what_was_decided_asks_for_nothing(domain: Domain) -> None:
    """The index of what is open holds what is open, and little more."""
    first, second = come(domain, 2)
    domain.reject(first)
    with transaction() as tx:
        review.approve(tx, second, 1, slack_user(tx, "T01TEST", ALICE))
    ensure(domain, first)
    ensure(domain, second)
    assert domain.rows("SELECT count(*) FROM cards WHERE asks") == [(0,)]
