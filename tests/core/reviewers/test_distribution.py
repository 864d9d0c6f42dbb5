"""Distribution: what is told of it and written, to whom of those who have room, and what is held meanwhile."""

import pytest

from core.db import transaction
from core.ids import UUID
from core.reviewers.distribution import Distribution, distribute, is_distributed
from core.reviewers.open_drafts import read_open_drafts
from tests.core.reviewers.queue_parts import winter_of
from tests.core.reviewers.routing_parts import (
    ALICE,
    BOB,
    CAROL,
    campaign,
    come,
    counts,
    free_to_lock,
    id_of,
    member,
    owed,
    reviewers,
    workspace,
)
from tests.fixtures.domain import Domain

pytestmark = pytest.mark.slow

VERA = "U04VERA"


def given(domain: Domain, *drafts: UUID, at_once: bool = True) -> Distribution:
    with transaction() as tx:
        return distribute(tx, domain.workspace_id, drafts, at_once=at_once)


@pytest.mark.parametrize("limit", [None, 3])
@pytest.mark.parametrize("at_once", [True, False])
def test_what_has_just_come_passes_nothing_that_waits_for_who_has_a_limit(
    domain: Domain, limit: int | None, at_once: bool
) -> None:
    draft, decided = domain.ingest(), domain.ingest()
    domain.reject(decided)
    workspace(domain, open_cards=limit)
    member(domain, ALICE, owed=True)
    waits = {id_of(domain, ALICE)} if limit and at_once else set()
    assert given(domain, draft, decided, at_once=at_once) == Distribution(1, {draft}, set(), waits)
    assert counts(domain) == {BOB: 1, CAROL: 1} | ({} if waits else {ALICE: 1})
    assert given(domain, decided, at_once=at_once) == Distribution(0, set(), set(), set())


def test_who_has_no_room_is_owed_it(domain: Domain) -> None:
    workspace(domain, open_cards=1)
    reviewers(domain, ALICE)
    first, second = domain.ingest(), domain.ingest()
    assert given(domain, first, second) == Distribution(2, {first}, set(), {id_of(domain, ALICE)})
    assert owed(domain) == {ALICE}


def test_drafts_and_members_are_held_until_the_cards_are_made(domain: Domain) -> None:
    draft, other = domain.ingest(), domain.ingest()
    with transaction() as tx:
        distribute(tx, domain.workspace_id, [draft], at_once=True)
        assert free_to_lock(domain, "drafts") == {other}
        assert free_to_lock(domain, "members") == {id_of(domain, VERA)}


def test_a_turn_is_taken_in_its_campaign_alone_and_whose_it_is_now_is_an_event(domain: Domain) -> None:
    winter = winter_of(domain)
    domain.sql("INSERT INTO campaign_reviewers SELECT %s, member_id FROM campaign_reviewers", winter)
    reviewers_before = domain.rows("SELECT campaign_id, member_id, turn FROM campaign_reviewers ORDER BY 1, 2")
    campaign(domain, routing="round_robin")
    draft = domain.ingest()
    domain.sql("UPDATE drafts SET assigned_to = %s WHERE id = %s", id_of(domain, VERA), draft)
    alice = id_of(domain, ALICE)
    assert given(domain, draft) == Distribution(1, {draft}, {draft}, set())
    assert domain.rows("SELECT campaign_id, member_id, turn FROM campaign_reviewers ORDER BY 1, 2") == [
        (of, one, 1 if (of, one) == (domain.campaign_id, alice) else turn) for of, one, turn in reviewers_before
    ]
    campaign(domain, routing="everyone")
    domain.sql("UPDATE drafts SET assigned_to = %s WHERE id = %s", id_of(domain, VERA), draft)
    assert given(domain, draft) == Distribution(1, {draft}, {draft}, set()), (
        "the others get its card, and it is nobody's"
    )
    assert domain.rows("SELECT assigned_to FROM drafts") == [(None,)]
    told = "SELECT workspace_id, draft_id, surface, data FROM message_events WHERE verb = 'assign' ORDER BY id"
    assert domain.rows(told) == [(domain.workspace_id, draft, "job", {"to": to}) for to in (str(alice), None)]


def test_whether_all_is_as_it_is_to_be(domain: Domain) -> None:
    (draft,) = come(domain, 1)

    def done() -> bool:
        with transaction() as tx:
            (waiting,) = read_open_drafts(tx, [draft])
            return is_distributed(tx, domain.workspace_id, waiting)

    assert done()
    domain.sql("UPDATE drafts SET assigned_to = %s", id_of(domain, VERA))
    assert not done(), "all have its card, and whose it is cannot decide it"
    domain.sql("UPDATE drafts SET assigned_to = %s", id_of(domain, ALICE))
    assert done()
    domain.sql("DELETE FROM cards WHERE member_id = %s", id_of(domain, BOB))
    assert done(), "who has been assigned has it"
    domain.sql("UPDATE drafts SET assigned_to = NULL")
    assert not done(), "one of those who are to have it has not"
    domain.sql("UPDATE drafts SET assigned_to = %s", id_of(domain, BOB))
    assert not done()
