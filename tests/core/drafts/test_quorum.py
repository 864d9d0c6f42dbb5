"""Several approvals: distinct people, of one version; all but the last endorse, and the timing of the last counts."""

import pytest
import sqlalchemy as sa
from psycopg import errors as pg

from core.actor import Actor
from core.db import engine, transaction
from core.drafts import review
from core.drafts.quorum import Endorsed
from core.drafts.review import Approved
from core.errors import Conflict, Refusal, Stale
from core.ids import UUID
from core.taxonomy import RefusalCode, Role, Surface, Timing, Verb
from tests.core.drafts.review_parts import (
    approve_past_the_code,
    ask_changes,
    member_id,
    refused,
    row,
    rules,
    somebody,
    take_back,
    to_draw,
)
from tests.fixtures.domain import Domain

pytestmark = pytest.mark.slow

ENDORSE = (
    "INSERT INTO draft_approvals (draft_id, version, member_id, timing, surface) VALUES (%s, %s, %s, 'earliest', 'api')"
)


def test_p1_two_people_approve_before_anything_is_queued(domain: Domain) -> None:
    rules(domain, quorum=2)
    draft = domain.ingest()
    to_draw(domain, draft)
    assert domain.vote(draft, user="U01ALICE") == Endorsed(draft, have=1, needed=2)
    assert domain.statuses(draft) == ("needs_review", [])
    assert to_draw(domain, draft), "every card says 1 of 2"
    assert isinstance(domain.vote(draft, user="U02BOB"), Approved)
    assert domain.statuses(draft) == ("approved", ["queued"])
    assert to_draw(domain, draft)
    assert domain.events(draft)[1:] == [
        ("endorse", None, None, None),
        ("approve", "needs_review", "approved", None),
    ]
    assert domain.view(draft).decided_by == "U02BOB"
    alice, bob = domain.member().member_id, domain.member("U02BOB").member_id
    data = {"version": 1, "timing": "earliest", "have": 1, "needed": 2}
    endorsed = "SELECT draft_id, member_id, data FROM message_events WHERE verb = 'endorse'"
    assert domain.rows(endorsed) == [(draft, alice, data)]
    kept = "SELECT draft_id, review_round, version, member_id, timing, surface FROM draft_approvals ORDER BY created_at"
    assert domain.rows(kept) == [(draft, 1, 1, who, "earliest", "slack") for who in (alice, bob)]


def test_three_of_three(domain: Domain) -> None:
    rules(domain, quorum=3)
    draft = domain.ingest()
    told = [domain.vote(draft, user=user) for user in ("U01ALICE", "U02BOB")]
    assert told == [Endorsed(draft, 1, 3), Endorsed(draft, 2, 3)]
    assert isinstance(domain.vote(draft, user="U03CAROL"), Approved)


GONE = {
    "left": "UPDATE members SET active = false WHERE slack_user_id = 'U01ALICE'",
    "only looks on": "UPDATE members SET role = 'viewer' WHERE slack_user_id = 'U01ALICE'",
    "reviews others": "DELETE FROM campaign_reviewers r USING members m WHERE m.id = r.member_id"
    " AND m.slack_user_id = 'U01ALICE'",
    "too risky for them": "UPDATE campaigns SET admins_above_risk = 'low'",
}


@pytest.mark.parametrize("how", GONE)
def test_p4_who_may_not_approve_any_more_is_not_one_of_several(domain: Domain, how: str) -> None:
    rules(domain, quorum=2)
    draft = domain.ingest()
    domain.vote(draft, user="U01ALICE")
    domain.sql("UPDATE members SET role = 'admin' WHERE slack_user_id = 'U02BOB'")
    domain.sql(GONE[how])
    assert domain.view(draft).endorsed_by == ()
    assert domain.vote(draft, user="U02BOB") == Endorsed(draft, 1, 2)
    with pytest.raises(pg.IntegrityConstraintViolation, match="asks for 2 approvals"):
        approve_past_the_code(domain, "U03CAROL", draft)
    assert isinstance(domain.vote(draft, user="U03CAROL"), Approved)


def test_the_same_person_twice_is_one(domain: Domain) -> None:
    rules(domain, quorum=2)
    draft = domain.ingest()
    domain.vote(draft)
    with pytest.raises(Refusal) as refusal:
        domain.vote(draft)
    said = "You have approved this already: 1 of 2. It needs another reviewer's approval."
    assert (refusal.value.code, str(refusal.value)) == (RefusalCode.ALREADY_ENDORSED, said)
    assert domain.statuses(draft) == ("needs_review", [])
    assert domain.verbs(draft) == ["ingest", "endorse"]


@pytest.mark.parametrize("last", Timing)
def test_the_timing_of_the_last_counts(domain: Domain, last: Timing) -> None:
    rules(domain, quorum=2)
    draft = domain.ingest()
    (first,) = set(Timing) - {last}
    for user, timing in (("U01ALICE", first), ("U02BOB", last)):
        with transaction() as tx:
            review.approve(tx, draft, 1, domain.member(user), timing)
    assert domain.rows("SELECT timing FROM send_queue") == [(last,)]
    assert sorted(domain.rows("SELECT timing FROM draft_approvals")) == sorted([(first,), (last,)])


def test_p3_an_edit_voids_what_was_approved_before(domain: Domain) -> None:
    rules(domain, quorum=2)
    draft = domain.ingest()
    domain.vote(draft, user="U01ALICE")
    domain.edit(draft, user="U02BOB")
    with pytest.raises(Stale):
        domain.vote(draft, version=1, user="U02BOB")
    assert domain.vote(draft, version=2, user="U02BOB") == Endorsed(draft, 1, 2)
    assert isinstance(domain.vote(draft, version=2, user="U01ALICE"), Approved)


def test_p3_so_does_an_undo(domain: Domain) -> None:
    rules(domain, quorum=2)
    draft = domain.ingest()
    domain.vote(draft, user="U01ALICE")
    domain.vote(draft, user="U02BOB")
    take_back(draft)
    with pytest.raises(Stale):
        domain.vote(draft, user="U01ALICE")
    assert domain.vote(draft, version=2, user="U01ALICE") == Endorsed(draft, 1, 2)


def test_one_rejection_is_enough_and_the_first_approval_stays_known(domain: Domain) -> None:
    rules(domain, quorum=2)
    draft = domain.ingest()
    domain.vote(draft, user="U01ALICE")
    domain.reject(draft, user="U02BOB")
    with pytest.raises(Conflict, match="Bob Brown rejected this"):
        domain.vote(draft, user="U03CAROL")
    assert domain.verbs(draft) == ["ingest", "endorse", "reject"]


def test_none_of_them_may_be_the_one_who_wrote_it(domain: Domain) -> None:
    rules(domain, quorum=2, self_approval=False)
    draft = domain.ingest()
    domain.edit(draft, user="U01ALICE")
    for _ in range(2):
        with pytest.raises(Refusal) as refusal:
            domain.vote(draft, version=2, user="U01ALICE")
        assert refusal.value.code == RefusalCode.OWN_WORK
    domain.vote(draft, version=2, user="U02BOB")
    assert isinstance(domain.vote(draft, version=2, user="U03CAROL"), Approved)


def test_all_of_them_must_be_allowed(domain: Domain) -> None:
    somebody(domain, "U05DAVE")
    rules(domain, quorum=2)
    draft = domain.ingest()
    assert refused("U05DAVE", Verb.APPROVE, lambda tx, by: review.approve(tx, draft, 1, by)) == (
        RefusalCode.NOT_A_REVIEWER
    )
    operator = Actor(Surface.CLI, domain.workspace_id, name="The operator", role=Role.OWNER)
    with pytest.raises(Refusal, match="Only members can decide"), transaction() as tx:
        review.approve(tx, draft, 1, operator)
    assert domain.rows("SELECT * FROM draft_approvals") == []


def test_fewer_are_enough_as_soon_as_the_campaign_says_so(domain: Domain) -> None:
    rules(domain, quorum=3)
    draft = domain.ingest()
    domain.vote(draft, user="U01ALICE")
    domain.vote(draft, user="U02BOB")
    rules(domain, quorum=2)
    assert isinstance(domain.vote(draft, user="U01ALICE"), Approved), "she still stands by it"


def test_more_are_asked_for_as_soon_as_the_campaign_says_so(domain: Domain) -> None:
    draft = domain.ingest()
    rules(domain, quorum=2)
    assert domain.vote(draft) == Endorsed(draft, 1, 2)


def test_an_approval_of_several_ends_a_snooze(domain: Domain) -> None:
    rules(domain, quorum=2)
    draft = domain.ingest()
    domain.sql("UPDATE drafts SET snoozed_until = now() + interval '1 day' WHERE id = %s", draft)
    domain.vote(draft)
    assert row(domain, draft).snoozed_until is None


def test_what_waits_for_changes_is_approved_by_nobody(domain: Domain) -> None:
    rules(domain, quorum=2)
    draft = domain.ingest()
    domain.vote(draft, user="U01ALICE")
    ask_changes(draft, user="U02BOB")
    with pytest.raises(Refusal, match="waits for a new version"):
        domain.vote(draft, user="U03CAROL")


def test_an_ordinary_approval_asks_the_database_no_more_than_before(domain: Domain) -> None:
    """One conditional UPDATE, the delivery, the event: who may, and how many, cost no statement of their own."""
    draft = domain.ingest()
    said: list[str] = []

    def listen(_c: object, _cursor: object, statement: str, *_: object) -> None:
        said.append(statement.split()[0])

    by = domain.member()
    sa.event.listen(engine(), "before_cursor_execute", listen)
    try:
        with transaction() as tx:
            review.approve(tx, draft, 1, by)
    finally:
        sa.event.remove(engine(), "before_cursor_execute", listen)
    assert said == ["UPDATE", "WITH"]  # the decision; the delivery with its event


# --- P4: the database itself ---


def test_p4_the_database_counts_the_approvals(domain: Domain) -> None:
    rules(domain, quorum=2)
    draft = domain.ingest()
    domain.vote(draft, user="U01ALICE")
    with pytest.raises(pg.IntegrityError, match="asks for 2 approvals"):
        approve_past_the_code(domain, "U03CAROL", draft)


@pytest.mark.parametrize("user", ["U04VERA", "U05DAVE", "U06GONE"])
def test_p4_the_database_refuses_an_approval_of_whoever_may_not(domain: Domain, user: str) -> None:
    somebody(domain, "U05DAVE")
    somebody(domain, "U06GONE", Role.OWNER, active=False)
    who = domain.rows("SELECT id FROM members WHERE slack_user_id = %s", user)[0][0]
    with pytest.raises(pg.IntegrityError, match=r"only reviewers of its workspace|only the reviewers of its campaign"):
        domain.sql(ENDORSE, domain.ingest(), 1, who)


def test_p4_the_database_refuses_an_approval_of_ones_own_text(domain: Domain) -> None:
    rules(domain, self_approval=False)
    draft = domain.ingest()
    domain.edit(draft, user="U01ALICE")
    with pytest.raises(pg.IntegrityError, match="approve what they wrote"):
        domain.sql(ENDORSE, draft, 2, member_id(domain, "U01ALICE"))
    assert domain.sql(ENDORSE, draft, 2, member_id(domain, "U02BOB")) == 1


@pytest.mark.parametrize("how", ["another version", "rejected", "approved", "pending"])
def test_p4_the_database_refuses_an_approval_of_what_is_not_in_review(domain: Domain, how: str) -> None:
    draft = domain.ingest()
    change: dict[str, object] = {"another version": domain.edit, "rejected": domain.reject, "approved": domain.approve}
    change.get(how, ask_changes)(draft)  # type: ignore[operator]  # one of four ways
    with pytest.raises(pg.IntegrityError, match="is not in review"):
        domain.sql(ENDORSE, draft, 1, member_id(domain, "U01ALICE"))


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE draft_approvals SET timing = 'next_slot'",
        "DELETE FROM draft_approvals",
        "TRUNCATE draft_approvals",
    ],
)
def test_p4_an_approval_is_never_taken_away(domain: Domain, statement: str) -> None:
    rules(domain, quorum=2)
    draft: UUID = domain.ingest()
    domain.vote(draft)
    with pytest.raises(pg.IntegrityError, match="is refused"):
        domain.sql(statement)
