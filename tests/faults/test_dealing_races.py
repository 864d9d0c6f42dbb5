"""Many jobs and the clock at once, and people who decide meanwhile: no hand is ever too full, and none stays empty."""

import threading
from collections.abc import Callable

import pytest

from core.db import transaction
from core.ids import UUID
from core.reviewers import backlog
from core.surfaces import cards as rows
from core.teams.members import remember_gone, remember_seen
from tests.core.reviewers.routing_parts import ALICE, BOB, CAROL, campaign, cards, catch_up, counts, id_of, workspace
from tests.fixtures.cases import rounds
from tests.fixtures.domain import Domain

ROUNDS = rounds(200, usual=8)
LIMIT = 2


def at_once(*acts: Callable[[], object]) -> None:
    """All of these, each in a thread of its own, let go together; raises what the first of them raised."""
    gate = threading.Barrier(len(acts))
    raised: list[BaseException] = []

    def run(act: Callable[[], object]) -> None:
        gate.wait()
        try:
            act()
        except Exception as error:  # noqa: BLE001  raised again below, in the test's own thread
            raised.append(error)

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    if raised:
        raise raised[0]


@pytest.mark.faults
@pytest.mark.parametrize("routing", ["everyone", "round_robin", "least_loaded"])
def test_jobs_at_once_never_fill_a_hand_beyond_its_limit(domain: Domain, routing: str) -> None:
    campaign(domain, routing=routing)
    workspace(domain, open_cards=LIMIT)

    def look(draft: UUID) -> None:
        facts = domain.view(draft)
        with transaction() as tx:
            rows.ensure(tx, facts)

    def clock() -> None:
        with transaction() as tx:
            backlog.distribute_backlog(tx, domain.workspace_id)

    for round_ in range(ROUNDS):
        new = [domain.ingest() for _ in range(4)]
        # On the card that the first of them has, each decides; a draft that two of them have is decided once.
        decided = dict.fromkeys(cards(domain, user)[0] for user in (ALICE, BOB, CAROL) if cards(domain, user))
        at_once(
            *[lambda draft=draft: look(draft) for draft in new],  # type: ignore[misc]  # mypy sees no default
            *[lambda draft=draft: domain.reject(draft, user=CAROL) for draft in decided],  # type: ignore[misc]  # as above
            clock,
            clock,
        )
        assert max(counts(domain).values()) <= LIMIT, f"round {round_}"
        if round_ % 4 == 3:
            catch_up(domain)
            assert counts(domain) == {ALICE: LIMIT, BOB: LIMIT, CAROL: LIMIT}


@pytest.mark.faults
def test_p2_a_member_who_leaves_while_cards_are_dealt_keeps_no_draft(domain: Domain) -> None:
    """One is deactivated while jobs deal: none waits for nobody, and no two jobs stand in each other's way."""
    campaign(domain, routing="round_robin")

    def look(draft: UUID) -> None:
        facts = domain.view(draft)
        with transaction() as tx:
            rows.ensure(tx, facts)

    def leave() -> None:
        with transaction() as tx:
            remember_gone(tx, id_of(domain, ALICE))

    for round_ in range(ROUNDS):
        with transaction() as tx:
            remember_seen(tx, id_of(domain, ALICE))
        new = [domain.ingest() for _ in range(3)]
        at_once(leave, *[lambda draft=draft: look(draft) for draft in new])  # type: ignore[misc]  # mypy sees no default
        with transaction() as tx:
            backlog.recheck_everybody(tx)
        catch_up(domain)
        theirs = "SELECT count(*) FROM drafts d JOIN members m ON m.id = d.assigned_to WHERE NOT m.active"
        assert domain.rows(theirs) == [(0,)], f"round {round_}"
        assert set(new) <= set(cards(domain, BOB)) | set(cards(domain, CAROL))
        for draft in new:
            domain.reject(draft, user=CAROL)
