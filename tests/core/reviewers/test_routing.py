"""Routing: whose a draft is. Everyone, in turn, or the least loaded; and nobody's, where nobody can be reached."""

from collections import Counter
from typing import Any

import pytest

from core.actor import slack_user
from core.db import transaction
from core.drafts import assign, review
from core.reviewers import deal as dealing
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
from tests.fixtures.desk import UNKNOWN, Desk

DORA = "U05DORA"
#: What makes the risk of a draft low.
LOW = {"to": {"email": "dana@example.org", "first_name": "Dana", "title": "CEO"}, "evidence": ["https://example.org"]}


def gone(desk: Desk, user: str) -> None:
    with transaction() as tx:
        remember_gone(tx, id_of(desk, user))


def assign_to(desk: Desk, draft: object, user: str, by: str = CAROL) -> None:
    with transaction() as tx:
        assign.assign(tx, draft, id_of(desk, user), slack_user(tx, "T01TEST", by))  # type: ignore[arg-type]  # a UUID


# --- everyone, in turn, the least loaded ---


def test_everyone_gets_a_card_of_every_draft(desk: Desk) -> None:
    come(desk, 3)
    assert counts(desk) == {ALICE: 3, BOB: 3, CAROL: 3}


def test_round_robin_gives_each_draft_to_one_in_turn(desk: Desk) -> None:
    campaign(desk, routing="round_robin")
    drafts = come(desk, 7)
    assert sorted(counts(desk).values()) == [2, 2, 3]
    turns = [assigned(desk, draft) for draft in drafts]
    assert len(set(turns[:3])) == 3
    assert turns[:4] == turns[3:], "the same turn again"
    assert all(cards(desk, user) == [d for d in drafts if assigned(desk, d) == user] for user in (ALICE, BOB, CAROL))


def test_a_draft_is_routed_once_and_every_time_it_is_looked_at_stays_where_it_is(desk: Desk) -> None:
    campaign(desk, routing="round_robin")
    (draft,) = come(desk, 1)
    to = assigned(desk, draft)
    for _ in range(3):
        assert not ensure(desk, draft)
    assert assigned(desk, draft) == to
    assert desk.verbs(draft) == [Verb.INGEST, Verb.ASSIGN]


def test_an_assignment_by_routing_is_an_event_of_the_job(desk: Desk) -> None:
    campaign(desk, routing="least_loaded")
    (draft,) = come(desk, 1)
    to = str(id_of(desk, str(assigned(desk, draft))))
    assert desk.rows("SELECT surface, member_id, data FROM message_events WHERE verb = 'assign'") == [
        ("job", None, {"to": to})
    ]


def test_least_loaded_gives_it_to_who_has_the_fewest_open(desk: Desk) -> None:
    campaign(desk, routing="least_loaded")
    drafts = come(desk, 6)
    assert counts(desk) == {ALICE: 2, BOB: 2, CAROL: 2}
    for draft in drafts:
        if assigned(desk, draft) == BOB:
            desk.reject(draft, user=BOB)
    come(desk, 2)
    assert counts(desk) == {ALICE: 2, BOB: 2, CAROL: 2}


def test_a_card_says_at_once_for_whom_it_is(desk: Desk) -> None:
    """What is drawn after `ensure` is read anew: no card is posted first and mended then."""
    campaign(desk, routing="round_robin")
    draft = desk.ingest()
    before = desk.facts(draft).revision
    assert ensure(desk, draft)
    assert desk.facts(draft).revision == before + 1


# --- who left, was deactivated, or only looks on ---


@pytest.mark.parametrize("routing", ["everyone", "round_robin", "least_loaded"])
def test_who_was_deactivated_or_only_looks_on_is_skipped(desk: Desk, routing: str) -> None:
    campaign(desk, routing=routing)
    member(desk, ALICE, active=False)
    member(desk, BOB, role="viewer")
    come(desk, 3)
    assert counts(desk) == {CAROL: 3}


def test_p2_the_drafts_of_a_member_who_left_are_handed_on(desk: Desk) -> None:
    campaign(desk, routing="round_robin")
    drafts = come(desk, 6)
    gone(desk, ALICE)
    catch_up(desk)
    assert {assigned(desk, draft) for draft in drafts} == {BOB, CAROL}
    assert set(cards(desk, BOB)) | set(cards(desk, CAROL)) == set(drafts)


def test_p2_what_waited_for_a_member_who_left_is_not_forgotten(desk: Desk) -> None:
    """Also what nobody had a card of yet, as the only reviewer had their hands full."""
    reviewers(desk, ALICE)
    workspace(desk, open_cards=2)
    drafts = come(desk, 5)
    gone(desk, ALICE)
    catch_up(desk)
    assert cards(desk, CAROL) == drafts[:2]
    desk.reject(drafts[0], user=CAROL)
    catch_up(desk)
    assert cards(desk, CAROL) == drafts[1:3]


def test_p2_a_reviewer_who_became_a_viewer_holds_nothing_back(desk: Desk) -> None:
    """No act tells of it: a declaration changed the role. The clock looks again now and then."""
    campaign(desk, routing="round_robin")
    drafts = come(desk, 3)
    member(desk, ALICE, role="viewer")
    with transaction() as tx:
        dealing.look_again(tx)
    catch_up(desk)
    assert {assigned(desk, draft) for draft in drafts} == {BOB, CAROL}


def test_a_reviewer_who_was_declared_later_gets_what_waits(desk: Desk) -> None:
    drafts = come(desk, 3)
    join(desk, DORA)
    reviewers(desk, ALICE, DORA)
    with transaction() as tx:
        dealing.look_again(tx)
    catch_up(desk)
    assert cards(desk, DORA) == drafts


def test_p2_without_a_reviewer_who_can_be_reached_admins_get_it(desk: Desk) -> None:
    reviewers(desk, ALICE)
    (draft,) = come(desk, 1)
    desk.sql("UPDATE cards SET gone_reason = 'channel_not_found'")
    ensure(desk, draft)
    assert cards(desk, CAROL) == [draft]
    assert cards(desk, BOB) == []


@pytest.mark.parametrize("routing", ["everyone", "round_robin"])
def test_p2_a_reviewer_on_leave_is_not_waited_for(desk: Desk, routing: str) -> None:
    """Muted for longer than a day, and nobody else reviews: admins get it."""
    campaign(desk, routing=routing)
    reviewers(desk, ALICE)
    muted(desk, ALICE, hours=100)
    drafts = come(desk, 2)
    assert cards(desk, ALICE) == []
    assert cards(desk, CAROL) == drafts


def test_who_came_back_to_slack_gets_what_waits(desk: Desk) -> None:
    gone(desk, ALICE)
    drafts = come(desk, 2)
    assert cards(desk, ALICE) == []
    with transaction() as tx:
        remember_seen(tx, id_of(desk, ALICE))
    catch_up(desk)
    assert cards(desk, ALICE) == drafts


# --- those who may not decide it ---


def test_what_needs_two_goes_to_a_second_once_the_first_approved(desk: Desk) -> None:
    campaign(desk, routing="round_robin", quorum=2)
    (draft,) = come(desk, 1)
    first = str(assigned(desk, draft))
    desk.vote(draft, user=first)
    ensure(desk, draft)
    second = assigned(desk, draft)
    assert second not in (first, None)
    assert cards(desk, str(second)) == [draft]
    desk.approve(draft, user=str(second))
    assert desk.statuses(draft)[0] == "approved"


def test_who_wrote_it_hands_it_on_where_nobody_approves_their_own(desk: Desk) -> None:
    campaign(desk, routing="round_robin", self_approval=False)
    (draft,) = come(desk, 1)
    author = str(assigned(desk, draft))
    desk.edit(draft, user=author)
    ensure(desk, draft)
    assert assigned(desk, draft) not in (author, None)


@pytest.mark.parametrize("routing", ["round_robin", "least_loaded"])
def test_a_risk_that_only_admins_decide_goes_to_an_admin(desk: Desk, routing: str) -> None:
    campaign(desk, routing=routing, admins_above_risk="low")
    risky = {"to": {"email": "info@example.org", "first_name": "Dana"}}
    (draft,) = come(desk, 1, **risky)
    assert desk.facts(draft).risk == "review"
    assert assigned(desk, draft) == CAROL


def test_p2_admins_see_a_risky_draft_where_no_reviewer_may_decide_it(desk: Desk) -> None:
    campaign(desk, admins_above_risk="low")
    reviewers(desk, ALICE)
    (risky,) = come(desk, 1, to={"email": "info@example.org", "first_name": "Dana"})
    (plain,) = come(desk, 1, **LOW)
    assert cards(desk, ALICE) == [risky, plain]
    assert cards(desk, CAROL) == [risky]


# --- assignment by a person ---


def test_who_was_assigned_a_draft_gets_its_card_whatever_they_have_open(desk: Desk) -> None:
    workspace(desk, open_cards=1)
    first, second = come(desk, 2)
    assert counts(desk) == {ALICE: 1, BOB: 1, CAROL: 1}
    assign_to(desk, second, BOB)
    ensure(desk, second)
    assert cards(desk, BOB) == [first, second]
    assert cards(desk, ALICE) == [first]


def test_the_others_keep_the_card_of_a_draft_that_was_assigned(desk: Desk) -> None:
    (draft,) = come(desk, 1)
    assign_to(desk, draft, BOB)
    ensure(desk, draft)
    assert counts(desk) == {ALICE: 1, BOB: 1, CAROL: 1}
    assert assigned(desk, draft) == BOB


def test_who_reviews_no_campaign_can_be_assigned_a_draft_of_it(desk: Desk) -> None:
    reviewers(desk, ALICE)
    (draft,) = come(desk, 1)
    assign_to(desk, draft, BOB)
    ensure(desk, draft)
    assert cards(desk, BOB) == [draft]


def test_who_is_away_gets_what_was_assigned_once_they_are_back(desk: Desk) -> None:
    workspace(desk, open_cards=1)
    drafts = come(desk, 2)
    quiet_now(desk, BOB)
    assign_to(desk, drafts[1], BOB)
    ensure(desk, drafts[1])
    assert deal(desk) == []
    back(desk, BOB)
    assert deal(desk) == [drafts[1]]
    assert cards(desk, BOB) == drafts


def test_p2_a_draft_assigned_to_a_member_who_left_is_for_all_again(desk: Desk) -> None:
    reviewers(desk, ALICE, CAROL)
    draft = desk.ingest()
    assign_to(desk, draft, BOB)
    ensure(desk, draft)
    assert counts(desk) == {BOB: 1}
    gone(desk, BOB)
    catch_up(desk)
    assert assigned(desk, draft) is None
    assert cards(desk, ALICE) == cards(desk, CAROL) == [draft]


# --- unknown outcomes, channels ---


def test_p2_admins_see_an_unknown_outcome_whatever_they_have_open(desk: Desk) -> None:
    workspace(desk, open_cards=1)
    reviewers(desk, ALICE)
    member(desk, BOB, role="admin")
    lost = desk.ingest()
    ensure(desk, lost)
    desk.deliver(lost, UNKNOWN)
    reviewers(desk, CAROL)
    come(desk, 3)
    ensure(desk, lost)
    has = desk.rows(
        "SELECT slack_user_id FROM cards k JOIN members m ON m.id = k.member_id WHERE draft_id = %s ORDER BY 1", lost
    )
    assert has == [(ALICE,), (BOB,), (CAROL,)]


def test_p2_an_admin_who_was_away_sees_the_unknown_outcome_once_they_are_back(desk: Desk) -> None:
    reviewers(desk, ALICE)
    lost = desk.ingest()
    desk.deliver(lost, UNKNOWN)
    quiet_now(desk, CAROL)
    ensure(desk, lost)
    assert desk.rows("SELECT 1 FROM cards") == []
    back(desk, CAROL)
    assert deal(desk) == [lost]
    assert desk.rows("SELECT count(*) FROM cards") == [(1,)]


def test_a_channel_has_each_card_whatever_its_reviewers_have_open(desk: Desk) -> None:
    workspace(desk, open_cards=1)
    campaign(desk, slack_channel="C01REVIEW")
    come(desk, 4)
    places = Counter(place for (place,) in desk.rows("SELECT place FROM cards"))
    assert places == {"channel": 4, "dm": 3}


def test_what_was_decided_asks_for_nothing(desk: Desk) -> None:
    """The index of what is open holds what is open, and little more."""
    first, second = come(desk, 2)
    desk.reject(first)
    with transaction() as tx:
        review.approve(tx, second, 1, slack_user(tx, "T01TEST", ALICE))
    ensure(desk, first)
    ensure(desk, second)
    assert desk.rows("SELECT count(*) FROM cards WHERE asks") == [(0,)]


# --- what nobody who was asked may decide ---


@pytest.mark.parametrize("routing", ["everyone", "round_robin", "least_loaded"])
@pytest.mark.parametrize("why", ["endorsed", "own work", "lost"])
def test_p2_an_admin_who_had_no_time_gets_what_no_reviewer_may_decide_any_more(
    desk: Desk, routing: str, why: str
) -> None:
    reviewers(desk, ALICE)
    rules: dict[str, dict[str, Any]] = {"endorsed": {"quorum": 2}, "own work": {"self_approval": False}, "lost": {}}
    campaign(desk, routing=routing, **rules[why])
    draft = desk.ingest()
    ensure(desk, draft)
    assert counts(desk) == {ALICE: 1}
    quiet_now(desk, CAROL)
    if why == "endorsed":
        desk.vote(draft)
    elif why == "own work":
        desk.edit(draft, body="Hi Dana, this is another text that I wrote myself.")
    else:
        desk.sql("UPDATE cards SET gone_reason = 'channel_not_found'")
        desk.sql("UPDATE drafts SET revision = revision + 1")
    catch_up(desk)
    assert cards(desk, CAROL) == []
    back(desk, CAROL)
    catch_up(desk)
    assert cards(desk, CAROL) == [draft]


@pytest.mark.parametrize("reviewed_by", [[ALICE, BOB], [ALICE, CAROL]])
def test_p2_an_admin_who_had_no_time_gets_what_was_assigned_to_who_may_not_approve_it(
    desk: Desk, reviewed_by: list[str]
) -> None:
    reviewers(desk, *reviewed_by)
    campaign(desk, admins_above_risk="low")
    draft = desk.ingest()
    desk.sql("UPDATE drafts SET assigned_to = %s WHERE id = %s", id_of(desk, ALICE), draft)
    quiet_now(desk, CAROL)
    catch_up(desk)
    assert counts(desk) == {ALICE: 1}
    back(desk, CAROL)
    catch_up(desk)
    assert counts(desk) == {ALICE: 1, CAROL: 1}
