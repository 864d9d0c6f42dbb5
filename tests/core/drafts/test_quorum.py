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
from tests.core.drafts.review_parts import ask_changes, member_id, refused, row, rules, somebody, take_back, to_draw
from tests.fixtures.desk import Desk

ENDORSE = (
    "INSERT INTO draft_approvals (draft_id, version, member_id, timing, surface) VALUES (%s, %s, %s, 'earliest', 'api')"
)


def test_p1_two_people_approve_before_anything_is_queued(desk: Desk) -> None:
    rules(desk, quorum=2)
    draft = desk.ingest()
    assert desk.vote(draft, user="U01ALICE") == Endorsed(draft, have=1, needed=2)
    assert desk.statuses(draft) == ("needs_review", [])
    assert to_draw(desk, draft), "every card says 1 of 2"
    assert isinstance(desk.vote(draft, user="U02BOB"), Approved)
    assert desk.statuses(draft) == ("approved", ["queued"])
    assert to_draw(desk, draft)
    assert desk.events(draft)[1:] == [
        ("endorse", None, None, None),
        ("approve", "needs_review", "approved", None),
    ]
    assert desk.facts(draft).decided_by == "U02BOB"


def test_three_of_three(desk: Desk) -> None:
    rules(desk, quorum=3)
    draft = desk.ingest()
    told = [desk.vote(draft, user=user) for user in ("U01ALICE", "U02BOB")]
    assert told == [Endorsed(draft, 1, 3), Endorsed(draft, 2, 3)]
    assert isinstance(desk.vote(draft, user="U03CAROL"), Approved)


GONE = {
    "left": "UPDATE members SET active = false WHERE slack_user_id = 'U01ALICE'",
    "only looks on": "UPDATE members SET role = 'viewer' WHERE slack_user_id = 'U01ALICE'",
    "reviews others": "DELETE FROM campaign_reviewers r USING members m WHERE m.id = r.member_id"
    " AND m.slack_user_id = 'U01ALICE'",
    "too risky for them": "UPDATE campaigns SET admins_above_risk = 'low'",
}


@pytest.mark.parametrize("how", GONE)
def test_p4_who_may_not_approve_any_more_is_not_one_of_several(desk: Desk, how: str) -> None:
    rules(desk, quorum=2)
    draft = desk.ingest()
    desk.vote(draft, user="U01ALICE")
    desk.sql("UPDATE members SET role = 'admin' WHERE slack_user_id = 'U02BOB'")
    desk.sql(GONE[how])
    assert desk.facts(draft).endorsed_by == ()
    assert desk.vote(draft, user="U02BOB") == Endorsed(draft, 1, 2)
    approve = "UPDATE drafts SET status = 'approved', decided_at = now() WHERE id = %s"
    with pytest.raises(pg.IntegrityConstraintViolation, match="asks for 2 approvals"):
        desk.sql(approve, draft)
    assert isinstance(desk.vote(draft, user="U03CAROL"), Approved)


def test_the_same_person_twice_is_one(desk: Desk) -> None:
    rules(desk, quorum=2)
    draft = desk.ingest()
    desk.vote(draft)
    with pytest.raises(Refusal, match="You have approved this already: 1 of 2") as refusal:
        desk.vote(draft)
    assert refusal.value.code == RefusalCode.ALREADY_ENDORSED
    assert desk.statuses(draft) == ("needs_review", [])
    assert desk.verbs(draft) == ["ingest", "endorse"]


@pytest.mark.parametrize("last", Timing)
def test_the_timing_of_the_last_counts(desk: Desk, last: Timing) -> None:
    rules(desk, quorum=2)
    draft = desk.ingest()
    (first,) = set(Timing) - {last}
    for user, timing in (("U01ALICE", first), ("U02BOB", last)):
        with transaction() as tx:
            review.approve(tx, draft, 1, desk.member(user), timing)
    assert desk.rows("SELECT timing FROM send_queue") == [(last,)]
    assert sorted(desk.rows("SELECT timing FROM draft_approvals")) == sorted([(first,), (last,)])


def test_p3_an_edit_voids_what_was_approved_before(desk: Desk) -> None:
    rules(desk, quorum=2)
    draft = desk.ingest()
    desk.vote(draft, user="U01ALICE")
    desk.edit(draft, user="U02BOB")
    with pytest.raises(Stale):
        desk.vote(draft, version=1, user="U02BOB")
    assert desk.vote(draft, version=2, user="U02BOB") == Endorsed(draft, 1, 2)
    assert isinstance(desk.vote(draft, version=2, user="U01ALICE"), Approved)


def test_p3_so_does_an_undo(desk: Desk) -> None:
    rules(desk, quorum=2)
    draft = desk.ingest()
    desk.vote(draft, user="U01ALICE")
    desk.vote(draft, user="U02BOB")
    take_back(draft)
    with pytest.raises(Stale):
        desk.vote(draft, user="U01ALICE")
    assert desk.vote(draft, version=2, user="U01ALICE") == Endorsed(draft, 1, 2)


def test_one_rejection_is_enough_and_the_first_approval_stays_known(desk: Desk) -> None:
    rules(desk, quorum=2)
    draft = desk.ingest()
    desk.vote(draft, user="U01ALICE")
    desk.reject(draft, user="U02BOB")
    with pytest.raises(Conflict, match="Bob Brown rejected this"):
        desk.vote(draft, user="U03CAROL")
    assert desk.verbs(draft) == ["ingest", "endorse", "reject"]


def test_none_of_them_may_be_the_one_who_wrote_it(desk: Desk) -> None:
    rules(desk, quorum=2, self_approval=False)
    draft = desk.ingest()
    desk.edit(draft, user="U01ALICE")
    for _ in range(2):
        with pytest.raises(Refusal) as refusal:
            desk.vote(draft, version=2, user="U01ALICE")
        assert refusal.value.code == RefusalCode.OWN_WORK
    desk.vote(draft, version=2, user="U02BOB")
    assert isinstance(desk.vote(draft, version=2, user="U03CAROL"), Approved)


def test_all_of_them_must_be_allowed(desk: Desk) -> None:
    somebody(desk, "U05DAVE")
    rules(desk, quorum=2)
    draft = desk.ingest()
    assert refused("U05DAVE", Verb.APPROVE, lambda tx, by: review.approve(tx, draft, 1, by)) == (
        RefusalCode.NOT_A_REVIEWER
    )
    operator = Actor(Surface.CLI, desk.workspace_id, name="The operator", role=Role.OWNER)
    with pytest.raises(Refusal, match="each by name"), transaction() as tx:
        review.approve(tx, draft, 1, operator)
    assert desk.rows("SELECT * FROM draft_approvals") == []


def test_fewer_are_enough_as_soon_as_the_campaign_says_so(desk: Desk) -> None:
    rules(desk, quorum=3)
    draft = desk.ingest()
    desk.vote(draft, user="U01ALICE")
    desk.vote(draft, user="U02BOB")
    rules(desk, quorum=2)
    assert isinstance(desk.vote(draft, user="U01ALICE"), Approved), "she still stands by it"


def test_more_are_asked_for_as_soon_as_the_campaign_says_so(desk: Desk) -> None:
    draft = desk.ingest()
    rules(desk, quorum=2)
    assert desk.vote(draft) == Endorsed(draft, 1, 2)


def test_an_approval_of_several_ends_a_snooze(desk: Desk) -> None:
    rules(desk, quorum=2)
    draft = desk.ingest()
    desk.sql("UPDATE drafts SET snoozed_until = now() + interval '1 day' WHERE id = %s", draft)
    desk.vote(draft)
    assert row(desk, draft).snoozed_until is None


def test_what_waits_for_changes_is_approved_by_nobody(desk: Desk) -> None:
    rules(desk, quorum=2)
    draft = desk.ingest()
    desk.vote(draft, user="U01ALICE")
    ask_changes(draft, user="U02BOB")
    with pytest.raises(Refusal, match="waits for its next version"):
        desk.vote(draft, user="U03CAROL")


def test_an_ordinary_approval_asks_the_database_no_more_than_before(desk: Desk) -> None:
    """One conditional UPDATE, the delivery, the event: who may, and how many, cost no statement of their own."""
    draft = desk.ingest()
    said: list[str] = []

    def listen(_c: object, _cursor: object, statement: str, *_: object) -> None:
        said.append(statement.split()[0])

    by = desk.member()
    sa.event.listen(engine(), "before_cursor_execute", listen)
    try:
        with transaction() as tx:
            review.approve(tx, draft, 1, by)
    finally:
        sa.event.remove(engine(), "before_cursor_execute", listen)
    assert said == ["UPDATE", "WITH"]  # the decision; the delivery with its event


# --- P4: the database itself ---


def test_p4_the_database_counts_the_approvals(desk: Desk) -> None:
    rules(desk, quorum=2)
    draft = desk.ingest()
    desk.vote(draft, user="U01ALICE")
    with pytest.raises(pg.IntegrityError, match="asks for 2 approvals"):
        desk.sql("UPDATE drafts SET status = 'approved', decided_at = now() WHERE id = %s", draft)


@pytest.mark.parametrize("user", ["U04VERA", "U05DAVE", "U06GONE"])
def test_p4_the_database_refuses_an_approval_of_whoever_may_not(desk: Desk, user: str) -> None:
    somebody(desk, "U05DAVE")
    somebody(desk, "U06GONE", Role.OWNER, active=False)
    who = desk.rows("SELECT id FROM members WHERE slack_user_id = %s", user)[0][0]
    with pytest.raises(pg.IntegrityError, match=r"only reviewers of its workspace|only the reviewers of its campaign"):
        desk.sql(ENDORSE, desk.ingest(), 1, who)


def test_p4_the_database_refuses_an_approval_of_ones_own_text(desk: Desk) -> None:
    rules(desk, self_approval=False)
    draft = desk.ingest()
    desk.edit(draft, user="U01ALICE")
    with pytest.raises(pg.IntegrityError, match="approve what they wrote"):
        desk.sql(ENDORSE, draft, 2, member_id(desk, "U01ALICE"))
    assert desk.sql(ENDORSE, draft, 2, member_id(desk, "U02BOB")) == 1


@pytest.mark.parametrize("how", ["another version", "rejected", "approved", "pending"])
def test_p4_the_database_refuses_an_approval_of_what_is_not_in_review(desk: Desk, how: str) -> None:
    draft = desk.ingest()
    change: dict[str, object] = {"another version": desk.edit, "rejected": desk.reject, "approved": desk.approve}
    change.get(how, ask_changes)(draft)  # type: ignore[operator]  # one of four ways
    with pytest.raises(pg.IntegrityError, match="is not in review"):
        desk.sql(ENDORSE, draft, 1, member_id(desk, "U01ALICE"))


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE draft_approvals SET timing = 'next_slot'",
        "DELETE FROM draft_approvals",
        "TRUNCATE draft_approvals",
    ],
)
def test_p4_an_approval_is_never_taken_away(desk: Desk, statement: str) -> None:
    rules(desk, quorum=2)
    draft: UUID = desk.ingest()
    desk.vote(draft)
    with pytest.raises(pg.IntegrityError, match="is refused"):
        desk.sql(statement)
