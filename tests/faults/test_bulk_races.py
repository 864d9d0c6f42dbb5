"""Bulk approval against what others do to the same drafts at the same moment: each draft is decided once, by whom it
says, and the result says what is so.
"""

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from core.drafts.review import approve, edit, reject
from core.errors import Refusal
from core.ids import UUID
from core.reviewers.bulk import BulkResult
from core.taxonomy import BulkOutcome, Verb
from tests.core.drafts.review_parts import does
from tests.core.views.home_parts import approve_all, choices, low
from tests.fixtures.cases import rounds
from tests.fixtures.domain import Domain
from tests.fixtures.waiting import wait_until

pytestmark = pytest.mark.faults

ROUNDS = rounds(200, usual=10)
#: Drafts of a round: enough that both are at it at once, wherever each begins.
EACH = 3
ALICE, BOB = "U01ALICE", "U02BOB"


@pytest.fixture(scope="module")
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(3) as pool:
        yield pool


def one_by_one(do: Callable[[UUID], object], drafts: list[UUID]) -> list[bool]:
    """Click on each; whether it was done."""
    done = []
    for draft in drafts:
        try:
            do(draft)
        except Refusal:
            done.append(False)
        else:
            done.append(True)
    return done


def approving(draft: UUID) -> None:
    does(BOB, Verb.APPROVE, lambda tx, by: approve(tx, draft, 1, by), draft)


def rejecting(draft: UUID) -> None:
    does(BOB, Verb.REJECT, lambda tx, by: reject(tx, draft, 1, "Not now.", by), draft)


def editing(draft: UUID) -> None:
    new = ("Second thoughts", "Hi Dana,\n\nsecond thoughts.\n\nSam")
    does(BOB, Verb.EDIT, lambda tx, by: edit(tx, draft, 1, *new, by), draft)


def stands(domain: Domain, draft: UUID) -> tuple[str, int, str | None, int]:
    """Status, round, who decided, and how many deliveries there are."""
    ((row),) = domain.rows(
        "SELECT d.status, d.review_round, m.slack_user_id, (SELECT count(*) FROM send_queue WHERE draft_id = d.id)"
        " FROM drafts d LEFT JOIN members m ON m.id = d.decided_by WHERE d.id = %s",
        draft,
    )
    return tuple(row)


#: What Bob does → how a draft stands once he was first, and what the bulk approval then says of it.
AGAINST: dict[Callable[[UUID], None], tuple[tuple[str, int, str | None, int], BulkOutcome]] = {
    approving: (("approved", 1, BOB, 1), BulkOutcome.TAKEN),
    rejecting: (("rejected", 1, BOB, 0), BulkOutcome.TAKEN),
    editing: (("needs_review", 2, None, 0), BulkOutcome.CHANGED),
}


@pytest.mark.parametrize("theirs", AGAINST, ids=lambda do: do.__name__)
def test_p1_p3_bulk_against_single(domain: Domain, pool: ThreadPoolExecutor, theirs: Callable[[UUID], None]) -> None:
    won: Counter[str] = Counter()
    for number in range(ROUNDS):
        drafts = [low(domain) for _ in range(EACH)]
        together = threading.Barrier(2)

        def bulk(drafts: list[UUID] = drafts, together: threading.Barrier = together) -> list[BulkResult]:
            together.wait(20)
            return approve_all(choices(*drafts))

        def single(drafts: list[UUID] = drafts, together: threading.Barrier = together) -> list[bool]:
            together.wait(20)
            return one_by_one(theirs, drafts)

        # the one that goes through them backwards meets the other in the middle
        order = drafts if number % 2 else drafts[::-1]
        results, clicks = pool.submit(bulk), pool.submit(single, order)
        done = dict(zip(order, clicks.result(30), strict=True))
        after, outcome = AGAINST[theirs]
        for result in results.result(30):
            draft = result.draft.draft_id
            if done[draft]:
                assert (result.outcome, stands(domain, draft)) == (outcome, after)
                won["Bob"] += 1
            else:
                assert (result.outcome, stands(domain, draft)) == (BulkOutcome.APPROVED, ("approved", 1, ALICE, 1))
                won["Alice"] += 1
            verbs = [verb for verb in domain.verbs(draft) if verb != "ingest"]
            assert len(verbs) == 2, verbs  # one act, one refusal: nobody's is lost
            assert "refuse" in verbs
    assert won.total() == ROUNDS * EACH
    assert min(won["Alice"], won["Bob"]) > 0, "neither ever won: this was no race"


def test_p1_two_bulk_approvals_of_the_same_drafts(domain: Domain, pool: ThreadPoolExecutor) -> None:
    won: Counter[str] = Counter()
    for _ in range(ROUNDS // 4):
        drafts = [low(domain) for _ in range(2 * EACH)]
        together = threading.Barrier(2)

        def bulk(user: str, order: list[UUID], together: threading.Barrier = together) -> dict[UUID, BulkResult]:
            together.wait(20)
            return {result.draft.draft_id: result for result in approve_all(choices(*order), user)}

        futures = [pool.submit(bulk, ALICE, drafts), pool.submit(bulk, BOB, drafts[::-1])]
        alices, bobs = (future.result(30) for future in futures)
        for draft in drafts:
            outcome = sorted([alices[draft].outcome, bobs[draft].outcome])
            assert outcome == [BulkOutcome.APPROVED, BulkOutcome.TAKEN]
            winner = ALICE if alices[draft].outcome == BulkOutcome.APPROVED else BOB
            assert stands(domain, draft) == ("approved", 1, winner, 1)
            won[winner] += 1
    assert min(won[ALICE], won[BOB]) > 0


def test_p1_somebody_submits_the_same_list_three_times_at_once(domain: Domain, pool: ThreadPoolExecutor) -> None:
    """A double click, and a repetition of Slack's: all are told the same, and each mail is queued once."""
    for _ in range(ROUNDS // 10):
        drafts = [low(domain) for _ in range(EACH)]
        futures = [pool.submit(approve_all, choices(*drafts)) for _ in range(3)]
        for future in futures:
            assert [result.outcome for result in future.result(30)] == [BulkOutcome.APPROVED] * EACH
        assert [stands(domain, draft) for draft in drafts] == [("approved", 1, ALICE, 1)] * EACH


def test_a_bulk_approval_waits_for_whoever_holds_a_draft_and_then_is_told(
    domain: Domain, pool: ThreadPoolExecutor
) -> None:
    draft = low(domain)
    with domain.connect() as holder, holder.transaction():
        holder.execute("UPDATE drafts SET assigned_to = (SELECT id FROM members WHERE slack_user_id = %s)", [BOB])
        waiting = pool.submit(approve_all, choices(draft))
        wait_until(
            lambda: domain.rows(
                "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%%drafts%%'"
            ),
            what="the approval to wait",
        )
    (result,) = waiting.result(30)
    assert result.outcome == BulkOutcome.CHANGED, "it is Bob's now"
    assert stands(domain, draft) == ("needs_review", 1, None, 0)
