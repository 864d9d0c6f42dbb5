"""Who may decide: the campaign's reviewers, the assignee, admins and owners; and what campaigns ask of approvers."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from psycopg import errors as pg
from sqlalchemy.engine import Connection

from core.actor import Actor
from core.db import transaction
from core.drafts import review
from core.drafts.assign import assign
from core.drafts.expire import restore
from core.drafts.permissions import is_admin, refusal_to_approve, refusal_to_decide
from core.drafts.review import request_changes
from core.drafts.snooze import snooze, wake
from core.drafts.undo import undo
from core.errors import Refusal, Stale
from core.ids import UUID, new_id
from core.taxonomy import BlockedBy, RefusalCode, Role, Surface, Verb
from core.text.words import refusals
from tests.core.delivery.claim_parts import seat
from tests.core.drafts.review_parts import approve_past_the_code, does, member_id, refused, row, rules, somebody
from tests.fixtures.domain import Domain

pytestmark = pytest.mark.slow

Do = Callable[[Connection, Actor, UUID], Any]

#: The verbs of a person, each on a draft that it applies to.
VERBS: dict[Verb, Do] = {
    Verb.APPROVE: lambda tx, by, draft: review.approve(tx, draft, 1, by),
    Verb.EDIT: lambda tx, by, draft: review.edit(tx, draft, 1, "Hello", "Another text.", by),
    Verb.REJECT: lambda tx, by, draft: review.reject(tx, draft, 1, "No.", by),
    Verb.REQUEST_CHANGES: lambda tx, by, draft: request_changes(tx, draft, 1, "Shorter.", by),
    Verb.SNOOZE: lambda tx, by, draft: snooze(tx, draft, 1, datetime.now(UTC) + timedelta(hours=1), by),
    Verb.ASSIGN: lambda tx, by, draft: assign(tx, draft, by.member_id, by),
    Verb.UNDO: lambda tx, by, draft: undo(tx, draft, 1, by),
    Verb.WAKE: lambda tx, by, draft: wake(tx, draft, by),
    Verb.RESTORE: lambda tx, by, draft: restore(tx, draft, by),
}


def ready_for(domain: Domain, verb: Verb) -> UUID:
    """A draft that this verb applies to."""
    draft = domain.ingest()
    if verb == Verb.UNDO:
        domain.approve(draft)
    elif verb == Verb.WAKE:
        does("U01ALICE", Verb.SNOOZE, lambda tx, by: VERBS[Verb.SNOOZE](tx, by, draft))
    elif verb == Verb.RESTORE:
        domain.sql("UPDATE drafts SET status = 'expired' WHERE id = %s", draft)
    return draft


@pytest.mark.parametrize("verb", VERBS)
def test_somebody_who_reviews_for_other_campaigns_is_refused_kindly(domain: Domain, verb: Verb) -> None:
    somebody(domain, "U05DAVE")
    draft = ready_for(domain, verb)
    before = row(domain, draft)
    with pytest.raises(Refusal, match="Only the reviewers of Autumn launch, and admins, can decide on this") as refusal:
        does("U05DAVE", verb, lambda tx, by: VERBS[verb](tx, by, draft), draft)
    assert refusal.value.code == RefusalCode.NOT_A_REVIEWER
    assert row(domain, draft) == before
    assert domain.events(draft)[-1] == ("refuse", None, None, "not_a_reviewer")


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("role", [Role.ADMIN, Role.OWNER])
def test_admins_and_owners_decide_everywhere(domain: Domain, verb: Verb, role: Role) -> None:
    somebody(domain, "U05DAVE", role)
    draft = ready_for(domain, verb)
    does("U05DAVE", verb, lambda tx, by: VERBS[verb](tx, by, draft), draft)
    assert verb in domain.verbs(draft)


@pytest.mark.parametrize("verb", [verb for verb in VERBS if verb != Verb.ASSIGN])
def test_whoever_a_draft_was_assigned_to_decides_on_it_and_on_no_other(domain: Domain, verb: Verb) -> None:
    dave = somebody(domain, "U05DAVE")
    draft, other = ready_for(domain, verb), ready_for(domain, verb)
    domain.sql("UPDATE drafts SET assigned_to = %s WHERE id = %s", dave, draft)
    assert refused("U05DAVE", verb, lambda tx, by: VERBS[verb](tx, by, other)) == RefusalCode.NOT_A_REVIEWER
    does("U05DAVE", verb, lambda tx, by: VERBS[verb](tx, by, draft), draft)


@pytest.mark.parametrize("verb", VERBS)
def test_where_a_campaign_names_no_reviewers_every_reviewer_decides(domain: Domain, verb: Verb) -> None:
    somebody(domain, "U05DAVE")
    draft = ready_for(domain, verb)
    domain.sql("DELETE FROM campaign_reviewers")
    does("U05DAVE", verb, lambda tx, by: VERBS[verb](tx, by, draft), draft)
    assert refused("U04VERA", verb, lambda tx, by: VERBS[verb](tx, by, draft)) == RefusalCode.ROLE_TOO_LOW


def test_the_reviewers_of_one_campaign_are_not_those_of_another(domain: Domain) -> None:
    dave, erin = somebody(domain, "U05DAVE"), somebody(domain, "U06ERIN")
    winter, draft = seat(domain, "winter"), domain.ingest()
    winter.ingest()
    domain.sql("INSERT INTO campaign_reviewers (campaign_id, member_id) VALUES (%s, %s)", winter.campaign_id, dave)
    assert refused("U05DAVE", Verb.EDIT, lambda tx, by: VERBS[Verb.EDIT](tx, by, draft)) == RefusalCode.NOT_A_REVIEWER
    domain.sql("DELETE FROM campaign_reviewers WHERE campaign_id = %s", domain.campaign_id)
    does("U06ERIN", Verb.EDIT, lambda tx, by: VERBS[Verb.EDIT](tx, by, draft), draft)
    assert domain.rows("SELECT edited_by FROM draft_versions WHERE version = 2") == [(erin,)]


@pytest.mark.parametrize("verb", VERBS)
def test_a_draft_of_another_workspace_does_not_exist(domain: Domain, verb: Verb) -> None:
    draft = ready_for(domain, verb)
    before = row(domain, draft)
    [(other,)] = domain.rows(
        "INSERT INTO workspaces (id, name, slack_team_id) VALUES (gen_random_uuid(), 'O', 'T02O') RETURNING id"
    )
    stranger = Actor(Surface.SLACK, other, member_id(domain, "U03CAROL"), role=Role.OWNER)
    with pytest.raises(Refusal) as refusal, transaction() as tx:
        VERBS[verb](tx, stranger, draft)
    assert refusal.value.code == RefusalCode.NOT_FOUND
    assert row(domain, draft) == before


def test_nobody_at_all_decides(domain: Domain) -> None:
    draft = domain.ingest()
    for nobody in (Actor(Surface.JOB, domain.workspace_id), Actor(Surface.API, domain.workspace_id)):
        with pytest.raises(Refusal) as refusal, transaction() as tx:
            review.approve(tx, draft, 1, nobody)
        assert refusal.value.code == RefusalCode.NOT_A_REVIEWER
    assert domain.statuses(draft) == ("needs_review", [])


@pytest.mark.parametrize(
    ("role", "admin"),
    [(None, False), (Role.VIEWER, False), (Role.REVIEWER, False), (Role.ADMIN, True), (Role.OWNER, True)],
)
def test_who_is_an_admin(role: Role | None, admin: bool) -> None:
    assert is_admin(Actor(Surface.SLACK, role=role)) is admin


def test_whose_it_is_not_hears_that_before_anything_about_the_version(domain: Domain) -> None:
    somebody(domain, "U05DAVE")
    draft = domain.ingest()
    domain.edit(draft)
    assert refused("U05DAVE", Verb.APPROVE, lambda tx, by: review.approve(tx, draft, 1, by)) == (
        RefusalCode.NOT_A_REVIEWER
    )
    with pytest.raises(Stale):
        domain.approve(draft)


# --- own work ---


def test_nobody_approves_what_they_wrote_where_the_campaign_says_so(domain: Domain) -> None:
    rules(domain, self_approval=False)
    draft = domain.ingest()
    domain.edit(draft, user="U01ALICE")
    with pytest.raises(Refusal, match="nobody may approve their own") as refusal:
        domain.approve(draft, version=2, user="U01ALICE")
    assert refusal.value.code == RefusalCode.OWN_WORK
    domain.approve(draft, version=2, user="U02BOB")
    assert domain.statuses(draft) == ("approved", ["queued"])


def test_admins_do_not_approve_their_own_work_either(domain: Domain) -> None:
    rules(domain, self_approval=False)
    draft = domain.ingest()
    domain.edit(draft, user="U03CAROL")
    with pytest.raises(Refusal) as refusal:
        domain.approve(draft, version=2, user="U03CAROL")
    assert refusal.value.code == RefusalCode.OWN_WORK


def test_only_the_last_hand_counts(domain: Domain) -> None:
    rules(domain, self_approval=False)
    draft = domain.ingest()
    domain.edit(draft, user="U01ALICE")
    domain.edit(draft, version=2, user="U02BOB")
    domain.approve(draft, version=3, user="U01ALICE")


def test_a_text_that_came_back_is_still_its_writers(domain: Domain) -> None:
    rules(domain, self_approval=False)
    draft = domain.ingest()
    domain.edit(draft, user="U01ALICE")
    domain.approve(draft, version=2, user="U02BOB")
    does("U02BOB", Verb.UNDO, lambda tx, by: undo(tx, draft, 2, by))
    with pytest.raises(Refusal) as refusal:
        domain.approve(draft, version=3, user="U01ALICE")
    assert refusal.value.code == RefusalCode.OWN_WORK


def test_by_default_one_may_approve_what_one_edited(domain: Domain) -> None:
    draft = domain.ingest()
    domain.edit(draft)
    domain.approve(draft, version=2)


# --- admins above a risk ---


@pytest.mark.parametrize(
    ("risk", "bound", "user", "code"),
    [
        ("low", None, "U01ALICE", None),
        ("review", None, "U01ALICE", None),
        ("low", "low", "U01ALICE", None),
        ("review", "low", "U01ALICE", RefusalCode.ADMINS_ONLY),
        ("review", "low", "U03CAROL", None),
        ("review", "review", "U01ALICE", None),
        (None, "review", "U01ALICE", RefusalCode.ADMINS_ONLY),
        (None, None, "U01ALICE", None),
    ],
)
def test_above_a_risk_only_admins_approve(
    domain: Domain, risk: str | None, bound: str | None, user: str, code: RefusalCode | None
) -> None:
    rules(domain, admins_above_risk=bound)
    draft = domain.ingest()
    domain.sql("UPDATE drafts SET risk = %s WHERE id = %s", risk, draft)
    if code is None:
        domain.approve(draft, user=user)
        return
    assert refused(user, Verb.APPROVE, lambda tx, by: review.approve(tx, draft, 1, by)) == code
    assert domain.edit(draft, user=user) == 2, "to edit it, nobody needs to be an admin"


# --- asked beforehand ---


def test_it_can_be_asked_beforehand(domain: Domain) -> None:
    somebody(domain, "U05DAVE")
    rules(domain, self_approval=False)
    draft = domain.ingest()
    domain.edit(draft, user="U01ALICE")
    with transaction() as tx:
        alice, bob, dave = (domain.member(user) for user in ("U01ALICE", "U02BOB", "U05DAVE"))
        assert refusal_to_decide(tx, draft, alice) is None
        assert refusal_to_decide(tx, draft, bob) is None
        assert refusal_to_approve(tx, draft, bob) is None
        assert refusal_to_decide(tx, new_id(), dave) is None
        assert refusal_to_approve(tx, new_id(), alice) is None
        assert told(refusal_to_decide(tx, draft, dave)) == (
            RefusalCode.NOT_A_REVIEWER,
            "Only the reviewers of Autumn launch, and admins, can decide on this. Nothing was changed.",
        )
        assert told(refusal_to_approve(tx, draft, alice)) == (
            RefusalCode.OWN_WORK,
            "You wrote the latest text, and in Autumn launch nobody may approve their own. Ask another reviewer.",
        )


def test_what_stands_in_the_way_of_all_is_told_before_what_does_in_ones_own(domain: Domain) -> None:
    rules(domain, self_approval=False, admins_above_risk="low")
    draft = domain.ingest()
    domain.edit(draft)
    domain.sql("UPDATE drafts SET risk = 'review'")
    with transaction() as tx:
        assert told(refusal_to_approve(tx, draft, domain.member())) == (
            RefusalCode.ADMINS_ONLY,
            "In Autumn launch a draft of this risk is approved by an admin or owner. Ask one.",
        )
    domain.sql("UPDATE contacts SET status = 'do_not_contact'")
    for user in ("U01ALICE", "U03CAROL"):
        with transaction() as tx:
            assert told(refusal_to_approve(tx, draft, domain.member(user))) == (
                RefusalCode.BLOCKED,
                f"{refusals.BLOCKED} {refusals.LASTING[BlockedBy.OPTED_OUT]}",
            )


def told(refusal: Refusal | None) -> tuple[RefusalCode, str]:
    assert refusal is not None
    return refusal.code, str(refusal)


# --- P4: the database itself ---


@pytest.mark.parametrize("user", ["U04VERA", "U05DAVE", "U06GONE", "U07ELSEWHERE"])
def test_p4_the_database_refuses_a_decision_of_whoever_may_not(domain: Domain, user: str) -> None:
    somebody(domain, "U05DAVE")
    somebody(domain, "U06GONE", Role.OWNER, active=False)
    other = seat(domain, "winter")
    domain.sql(
        "WITH w AS (INSERT INTO workspaces (id, name, slack_team_id) VALUES (gen_random_uuid(), 'O', 'T02O')"
        " RETURNING id) INSERT INTO members (id, workspace_id, slack_user_id, name, role)"
        " SELECT gen_random_uuid(), id, 'U07ELSEWHERE', 'E', 'owner' FROM w"
    )
    assert other.campaign_id
    with pytest.raises(pg.IntegrityError, match=r"only reviewers of its workspace|only the reviewers of its campaign"):
        approve_past_the_code(domain, user, domain.ingest())


@pytest.mark.parametrize(("user", "passes"), [("U01ALICE", False), ("U03CAROL", True)])
def test_p4_the_database_leaves_what_is_risky_to_admins(domain: Domain, user: str, passes: bool) -> None:
    rules(domain, admins_above_risk="low")
    draft = domain.ingest()
    domain.sql("UPDATE drafts SET risk = 'review' WHERE id = %s", draft)
    if passes:
        approve_past_the_code(domain, user, draft)
    else:
        with pytest.raises(pg.IntegrityError, match="only admins approve"):
            approve_past_the_code(domain, user, draft)


def test_p4_the_database_refuses_the_approval_of_ones_own_text(domain: Domain) -> None:
    rules(domain, self_approval=False)
    draft = domain.ingest()
    domain.edit(draft, user="U01ALICE")
    with pytest.raises(pg.IntegrityError, match="nobody approves what they wrote"):
        approve_past_the_code(domain, "U01ALICE", draft)
    approve_past_the_code(domain, "U02BOB", draft)
