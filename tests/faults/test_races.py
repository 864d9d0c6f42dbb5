"""Two or three people, or a person and a worker, at once: rounds of each race, with threads and a real Postgres.

In every round one of them wins, the others are told so, nothing is queued or sent twice, no decision is lost, and the
cards will be drawn again. Who is first is left to the machine, with a head start that changes from round to round, so
that both ways are seen.
"""

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core import delivery
from core import models as m
from core.access import act
from core.actor import Actor, slack_user
from core.db import engine, transaction
from core.delivery import Claimed
from core.drafts import review
from core.drafts.assign import assign
from core.drafts.quorum import Endorsed
from core.drafts.review import Approved
from core.drafts.undo import undo
from core.errors import Conflict, Refusal, Stale
from core.ids import UUID
from core.reviewers import bulk
from core.reviewers.low_risk import DraftAtVersion
from core.taxonomy import BulkOutcome, RefusalCode, Role, Verb
from tests.core.drafts.review_parts import member_id, row, rules, settings, somebody, to_draw
from tests.fixtures.cases import rounds
from tests.fixtures.domain import SENT, Domain

pytestmark = pytest.mark.faults

ROUNDS = rounds(200, usual=12)
#: Round trips by which the later of two begins behind the other, at most.
HEAD_STARTS = 5

Do = Callable[[Connection, Actor], Any]
Act = Callable[[], Any]


@pytest.fixture(scope="module")
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(3) as pool:
        yield pool


@pytest.fixture
def ring(domain: Domain) -> Domain:
    """A domain whose database loses its last second in a crash of the machine, which makes none here and saves time."""
    [(name,)] = domain.rows("SELECT current_database()")
    domain.sql(f"ALTER DATABASE {name} SET synchronous_commit = off")
    engine().dispose()
    return domain


def as_(user: str, verb: Verb, draft: UUID, do: Do) -> Act:
    """What a click of this person does, by the way that every surface takes."""
    return lambda: act(lambda tx: slack_user(tx, "T01TEST", user), Role.REVIEWER, verb, do, draft_id=draft)


def approving(user: str, draft: UUID, version: int = 1) -> Act:
    return as_(user, Verb.APPROVE, draft, lambda tx, by: review.approve(tx, draft, version, by))


def at_once(pool: ThreadPoolExecutor, number: int, *acts: Act) -> list[Any]:
    """Run all of them together; what each came to: its result, or the refusal that it was told."""
    together = threading.Barrier(len(acts))

    def run(place: int, do: Act) -> Any:
        with engine().connect() as warm:  # whoever is ahead, is so by some round trips
            together.wait(20)
            for _ in range((number + place * 3) % HEAD_STARTS):
                warm.execute(sa.text("SELECT 1"))
        try:
            return do()
        except Refusal as refusal:
            return refusal

    return [future.result(20) for future in [pool.submit(run, place, do) for place, do in enumerate(acts)]]


def drafts(domain: Domain, number: int = ROUNDS, **more: Any) -> Iterator[tuple[int, UUID]]:
    """New drafts whose cards are drawn; after each round they will be drawn again, and nothing is lost."""
    for each in range(number):
        draft = domain.ingest(**more)
        assert to_draw(domain, draft)
        yield each, draft
        assert to_draw(domain, draft), "a card would stay as it was"
        told_right(domain, draft)


def told_right(domain: Domain, draft: UUID) -> None:
    """Never two live deliveries; and each move of the draft is an event, one after the other."""
    status, deliveries = domain.statuses(draft)
    live = [each for each in deliveries if each in ("queued", "claimed", "sending", "sent", "outcome_unknown")]
    assert len(live) == (status == "approved")
    before = None
    for verb, moved_from, moved_to, _ in domain.events(draft):
        if moved_to is not None and verb not in ("cancel", "claim", "start", "deliver"):
            assert moved_from == before, f"{verb}: a decision was lost"
            before = moved_to
    assert before == status


def refusals(domain: Domain, draft: UUID) -> int:
    return domain.verbs(draft).count("refuse")


def test_p1_undo_against_the_claim(ring: Domain, pool: ThreadPoolExecutor) -> None:
    settings(ring, undo_seconds=1)
    ends: Counter[str] = Counter()

    def claim() -> Claimed | None:
        with transaction() as tx:
            return delivery.claim(tx, ring.account_id)

    for number, draft in drafts(ring):
        ring.approve(draft)
        ring.sql("UPDATE send_queue SET due_at = due_at - interval '1 min', created_at = created_at - interval '1 min'")
        to_draw(ring, draft)
        back = as_("U02BOB", Verb.UNDO, draft, lambda tx, by, draft=draft: undo(tx, draft, 1, by))
        told, claimed = at_once(pool, number, back, claim)
        ends["undone" if claimed is None else "claimed"] += 1
        if claimed is None:
            assert told is None
            assert ring.statuses(draft) == ("needs_review", ["cancelled"])
            assert row(ring, draft).review_round == 2
            assert ring.try_claim() is None
        else:
            assert isinstance(told, Refusal)
            assert told.code == RefusalCode.TOO_LATE
            assert ring.start(claimed)
            ring.finish(claimed, SENT)
            assert ring.statuses(draft) == ("approved", ["sent"])
        assert refusals(ring, draft) == (claimed is not None)
    assert len(ends) == 2, f"only one way was seen: {ends}"
    sent = ring.rows("SELECT count(*) FROM send_attempts WHERE outcome = 'sent'")[0][0]
    assert sent == ends["claimed"]


def test_a_quorum_against_a_rejection(ring: Domain, pool: ThreadPoolExecutor) -> None:
    rules(ring, quorum=2)
    ends: Counter[str] = Counter()
    for number, draft in drafts(ring):
        *approvals, rejection = at_once(
            pool,
            number,
            approving("U01ALICE", draft),
            approving("U02BOB", draft),
            as_("U03CAROL", Verb.REJECT, draft, lambda tx, by, draft=draft: review.reject(tx, draft, 1, "No.", by)),
        )
        status, deliveries = ring.statuses(draft)
        kinds = Counter(type(told) for told in approvals)
        if status == "approved":
            assert kinds == {Approved: 1, Endorsed: 1}
            assert isinstance(rejection, Conflict)
            assert deliveries == ["queued"]
        else:
            assert status == "rejected", "nobody is left to wonder"
            assert rejection is None
            assert kinds in ({Conflict: 2}, {Conflict: 1, Endorsed: 1})
            assert deliveries == []
        ends[f"{status}, {kinds[Endorsed]} endorsed"] += 1
        given = ring.rows("SELECT count(*) FROM draft_approvals WHERE draft_id = %s", draft)[0][0]
        assert given == kinds[Endorsed] + kinds[Approved]
        assert refusals(ring, draft) == kinds[Conflict] + isinstance(rejection, Conflict)
    assert len(ends) >= 2, f"only one way was seen: {ends}"


def test_p1_two_who_approve_at_once_are_counted_one_after_the_other(ring: Domain, pool: ThreadPoolExecutor) -> None:
    rules(ring, quorum=2)
    last: Counter[str] = Counter()
    for number, draft in drafts(ring):
        told = at_once(pool, number, approving("U01ALICE", draft), approving("U02BOB", draft))
        assert Counter(map(type, told)) == {Approved: 1, Endorsed: 1}
        assert Endorsed(draft, 1, 2) in told
        assert ring.statuses(draft) == ("approved", ["queued"])
        last[ring.view(draft).decided_by or ""] += 1
    assert len(last) == 2, f"only one way was seen: {last}"


def test_one_person_who_clicks_twice_at_once_counts_once(ring: Domain, pool: ThreadPoolExecutor) -> None:
    rules(ring, quorum=2)
    for number, draft in drafts(ring):
        told = at_once(pool, number, approving("U01ALICE", draft), approving("U01ALICE", draft))
        (refusal,) = [each for each in told if isinstance(each, Refusal)]
        assert refusal.code == RefusalCode.ALREADY_ENDORSED
        assert Endorsed(draft, 1, 2) in told
        assert ring.statuses(draft) == ("needs_review", [])


def test_p3_two_edits_at_once(ring: Domain, pool: ThreadPoolExecutor) -> None:
    ends: Counter[str] = Counter()

    def editing(user: str, draft: UUID) -> Act:
        text = f"What {user} wrote."
        return as_(user, Verb.EDIT, draft, lambda tx, by: review.edit(tx, draft, 1, "Hello", text, by))

    for number, draft in drafts(ring):
        people = ("U01ALICE", "U02BOB")
        told = at_once(pool, number, *(editing(user, draft) for user in people))
        (stale,) = [each for each in told if isinstance(each, Stale)]
        assert stale.current == 2
        winner, loser = people if told[0] == 2 else reversed(people)
        assert ring.view(draft).body == f"What {winner} wrote."
        # The loser has seen the other's text, and decides.
        assert ring.edit(draft, version=2, user=loser, body="Both of it.") == 3
        assert refusals(ring, draft) == 1
        ends[winner] += 1
    assert len(ends) == 2, f"only one way was seen: {ends}"


def test_handing_on_against_an_approval(ring: Domain, pool: ThreadPoolExecutor) -> None:
    """Dave decides on this draft because it is his, and Carol hands it to Bob."""
    dave, bob = somebody(ring, "U05DAVE"), member_id(ring, "U02BOB")
    ends: Counter[str] = Counter()
    for number, draft in drafts(ring):
        with transaction() as tx:
            tx.execute(sa.update(m.Draft).where(m.Draft.id == draft).values(assigned_to=dave))
        handing = as_("U03CAROL", Verb.ASSIGN, draft, lambda tx, by, draft=draft: assign(tx, draft, bob, by))
        handed, approved = at_once(pool, number, handing, approving("U05DAVE", draft))
        if isinstance(approved, Approved):
            assert isinstance(handed, Conflict)
            assert (row(ring, draft).assigned_to, ring.statuses(draft)) == (dave, ("approved", ["queued"]))
        else:
            assert handed is None
            assert approved.code == RefusalCode.NOT_A_REVIEWER
            assert (row(ring, draft).assigned_to, ring.statuses(draft)) == (bob, ("needs_review", []))
        assert refusals(ring, draft) == 1
        ends["approved" if isinstance(approved, Approved) else "handed on"] += 1
    assert len(ends) == 2, f"only one way was seen: {ends}"


def test_p1_many_at_once_against_one_by_one(ring: Domain, pool: ThreadPoolExecutor) -> None:
    """Alice approves three drafts in one go; Bob approves the same ones, the last of them first."""
    ends: Counter[int] = Counter()
    person = {"email": "", "first_name": "Dana", "title": "Head of Operations"}
    for number in range(ROUNDS):
        three = [ring.ingest(to=person | {"email": f"erin{number}-{each}@example.org"}) for each in ("a", "b", "c")]
        for draft in three:
            to_draw(ring, draft)
        choices = [DraftAtVersion(draft, 1) for draft in three]

        def many(choices: list[DraftAtVersion] = choices) -> list[bulk.BulkResult]:
            return bulk.approve_each(lambda tx: slack_user(tx, "T01TEST", "U01ALICE"), choices)

        def one_by_one(three: list[UUID] = three) -> dict[UUID, Any]:
            return {draft: _told(approving("U02BOB", draft)) for draft in reversed(three)}

        results, single = at_once(pool, number, many, one_by_one)
        assert [result.draft for result in results] == choices
        for result in results:
            draft = result.draft.draft_id
            by_alice = result.outcome == BulkOutcome.APPROVED
            assert result.outcome in (BulkOutcome.APPROVED, BulkOutcome.TAKEN)
            assert isinstance(single[draft], Conflict if by_alice else Approved)
            assert ring.statuses(draft) == ("approved", ["queued"])
            assert ring.view(draft).decided_by == ("U01ALICE" if by_alice else "U02BOB")
            assert refusals(ring, draft) == 1
            assert to_draw(ring, draft)
            told_right(ring, draft)
        ends[sum(result.outcome == BulkOutcome.APPROVED for result in results)] += 1
    assert len(ends) >= 2, f"only one way was seen: {ends}"


def _told(do: Act) -> Any:
    try:
        return do()
    except Refusal as refusal:
        return refusal
