"""One look of the clock at what waits: for whom it looks, what it changes, and when nobody is owed anything more."""

import pytest

from core.db import transaction
from core.ids import UUID
from core.reviewers.backlog import distribute_backlog, recheck_everybody
from tests.core.reviewers.routing_parts import (
    ALICE,
    BOB,
    CAROL,
    cards,
    free_to_lock,
    id_of,
    join,
    member,
    owed,
    quiet_now,
    revisions,
    workspace,
)
from tests.fixtures.domain import Domain

pytestmark = pytest.mark.slow

GUS = "U05GUS"


def look(domain: Domain, most: int = 100) -> list[UUID]:
    with transaction() as tx:
        return distribute_backlog(tx, domain.workspace_id, most)


def test_it_gives_so_much_at_once_to_who_is_owed_it_and_here_and_those_are_drawn_once_more(domain: Domain) -> None:
    drafts = [domain.ingest() for _ in range(3)]
    before = revisions(domain)
    quiet_now(domain, BOB)
    member(domain, BOB, owed=True)
    assert (look(domain), cards(domain, ALICE)) == ([], []), "the one is not owed anything, the other away"
    member(domain, ALICE, owed=True)
    assert (look(domain, most=2), cards(domain, ALICE)) == (sorted(drafts[:2]), drafts[:2])
    assert revisions(domain) == before | {draft: before[draft] + 1 for draft in drafts[:2]}
    assert (look(domain, most=2), cards(domain, ALICE)) == (drafts[2:], drafts)
    assert (look(domain), owed(domain)) == ([], {BOB})
    assert revisions(domain) == {draft: before[draft] + 1 for draft in drafts}


def test_whoever_notes_that_something_waits_is_waited_for_before_nobody_is_owed_anything(domain: Domain) -> None:
    workspace(domain, open_cards=1)
    member(domain, ALICE, owed=True)
    with transaction() as tx:
        assert distribute_backlog(tx, domain.workspace_id) == []
        assert free_to_lock(domain, "members") == {id_of(domain, "U04VERA")}
    assert owed(domain) == set()


def test_a_recheck_owes_all_who_decide_and_looks_again_at_what_is_whose_who_does_not(domain: Domain) -> None:
    join(domain, GUS)
    hers, his, bobs, _, decided = (domain.ingest() for _ in range(5))
    for draft, user in ((hers, ALICE), (his, GUS), (bobs, BOB), (decided, ALICE)):
        domain.sql("UPDATE drafts SET assigned_to = %s WHERE id = %s", id_of(domain, user), draft)
    domain.reject(decided)
    member(domain, ALICE, role="viewer")
    member(domain, GUS, active=False)
    before = revisions(domain)
    with transaction() as tx:
        recheck_everybody(tx)
    assert revisions(domain) == before | {hers: before[hers] + 1, his: before[his] + 1}
    assert owed(domain) == {BOB, CAROL}
