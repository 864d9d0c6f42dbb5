"""Routing: what no reviewer can be asked or may decide reaches the admins (P2)."""

from typing import Any

import pytest

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
    member,
    quiet_now,
    reviewers,
    workspace,
)
from tests.core.reviewers.test_routing import LOW
from tests.fixtures.domain import UNKNOWN, Domain

pytestmark = pytest.mark.slow

# --- who left, was deactivated, or only looks on ---


def test_p2_without_a_reviewer_who_can_be_reached_admins_get_it(domain: Domain) -> None:
    reviewers(domain, ALICE)
    (draft,) = come(domain, 1)
    domain.sql("UPDATE cards SET gone_reason = 'channel_not_found'")
    ensure(domain, draft)
    assert cards(domain, CAROL) == [draft]
    assert cards(domain, BOB) == []


# --- those who may not decide it ---


def test_a_risk_that_only_admins_decide_goes_to_an_admin(domain: Domain) -> None:
    campaign(domain, routing="round_robin", admins_above_risk="low")
    risky = {"to": {"email": "info@example.org", "first_name": "Dana"}}
    (draft,) = come(domain, 1, **risky)
    assert domain.view(draft).risk == "review"
    assert assigned(domain, draft) == CAROL


def test_p2_admins_see_a_risky_draft_where_no_reviewer_may_decide_it(domain: Domain) -> None:
    campaign(domain, admins_above_risk="low")
    reviewers(domain, ALICE)
    (risky,) = come(domain, 1, to={"email": "info@example.org", "first_name": "Dana"})
    (plain,) = come(domain, 1, **LOW)
    assert cards(domain, ALICE) == [risky, plain]
    assert cards(domain, CAROL) == [risky]


# --- unknown outcomes, channels ---


def test_p2_admins_see_an_unknown_outcome_whatever_they_have_open(domain: Domain) -> None:
    workspace(domain, open_cards=1)
    reviewers(domain, ALICE)
    member(domain, BOB, role="admin")
    lost = domain.ingest()
    ensure(domain, lost)
    domain.deliver(lost, UNKNOWN)
    reviewers(domain, CAROL)
    come(domain, 3)
    ensure(domain, lost)
    has = domain.rows(
        "SELECT slack_user_id FROM cards k JOIN members m ON m.id = k.member_id WHERE draft_id = %s ORDER BY 1", lost
    )
    assert has == [(ALICE,), (BOB,), (CAROL,)]


def test_p2_an_admin_who_was_away_sees_the_unknown_outcome_once_they_are_back(domain: Domain) -> None:
    reviewers(domain, ALICE)
    lost = domain.ingest()
    domain.deliver(lost, UNKNOWN)
    quiet_now(domain, CAROL)
    ensure(domain, lost)
    assert domain.rows("SELECT 1 FROM cards") == []
    back(domain, CAROL)
    assert deal(domain) == [lost]
    assert domain.rows("SELECT count(*) FROM cards") == [(1,)]


# --- what nobody who was asked may decide ---


@pytest.mark.parametrize(
    ("routing", "why"), [("everyone", "endorsed"), ("round_robin", "own work"), ("least_loaded", "lost")]
)
def test_p2_an_admin_who_had_no_time_gets_what_no_reviewer_may_decide_any_more(
    domain: Domain, routing: str, why: str
) -> None:
    reviewers(domain, ALICE)
    rules: dict[str, dict[str, Any]] = {"endorsed": {"quorum": 2}, "own work": {"self_approval": False}, "lost": {}}
    campaign(domain, routing=routing, **rules[why])
    draft = domain.ingest()
    ensure(domain, draft)
    assert counts(domain) == {ALICE: 1}
    quiet_now(domain, CAROL)
    if why == "endorsed":
        domain.vote(draft)
    elif why == "own work":
        domain.edit(draft, body="Hi Dana, this is another text that I wrote myself.")
    else:
        domain.sql("UPDATE cards SET gone_reason = 'channel_not_found'")
        domain.sql("UPDATE drafts SET revision = revision + 1")
    catch_up(domain)
    assert cards(domain, CAROL) == []
    back(domain, CAROL)
    catch_up(domain)
    assert cards(domain, CAROL) == [draft]


@pytest.mark.parametrize("reviewed_by", [[ALICE, BOB], [ALICE, CAROL]])
def test_p2_an_admin_who_had_no_time_gets_what_was_assigned_to_who_may_not_approve_it(
    domain: Domain, reviewed_by: list[str]
) -> None:
    reviewers(domain, *reviewed_by)
    campaign(domain, admins_above_risk="low")
    draft = domain.ingest()
    domain.sql("UPDATE drafts SET assigned_to = %s WHERE id = %s", id_of(domain, ALICE), draft)
    quiet_now(domain, CAROL)
    catch_up(domain)
    assert counts(domain) == {ALICE: 1}
    back(domain, CAROL)
    catch_up(domain)
    assert counts(domain) == {ALICE: 1, CAROL: 1}
