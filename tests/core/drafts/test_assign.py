"""Assign: a draft is handed to one reviewer of the workspace, who may then decide on it."""

import pytest

from core.db import transaction
from core.drafts.assign import assign, assignees
from core.errors import Conflict, Refusal
from core.ids import UUID, new_id
from core.taxonomy import RefusalCode, Role, Verb
from tests.core.drafts.review_parts import ask_changes, does, member_id, row, somebody, to_draw
from tests.fixtures.domain import Domain


def hand(draft: UUID, to: UUID, user: str = "U01ALICE") -> None:
    does(user, Verb.ASSIGN, lambda tx, by: assign(tx, draft, to, by), draft)


@pytest.mark.parametrize("role", [Role.REVIEWER, Role.ADMIN, Role.OWNER])
def test_it_is_handed_to_somebody_who_can_review(domain: Domain, role: Role) -> None:
    dave = somebody(domain, "U05DAVE", role)
    draft = domain.ingest()
    to_draw(domain, draft)
    hand(draft, dave)
    assert row(domain, draft).assigned_to == dave
    assert to_draw(domain, draft)
    told = "SELECT draft_id, member_id, data FROM message_events WHERE verb = 'assign'"
    assert domain.rows(told) == [(draft, domain.member().member_id, {"to": str(dave)})]
    domain.approve(draft, user="U05DAVE")


def test_the_campaigns_reviewers_still_may(domain: Domain) -> None:
    draft = domain.ingest()
    hand(draft, somebody(domain, "U05DAVE"))
    domain.approve(draft, user="U02BOB")


def test_what_waits_for_changes_can_be_handed_on(domain: Domain) -> None:
    draft = domain.ingest()
    ask_changes(draft)
    hand(draft, member_id(domain, "U02BOB"))
    assert row(domain, draft).assigned_to == member_id(domain, "U02BOB")


@pytest.mark.parametrize("who", ["a viewer", "gone", "elsewhere", "nobody"])
def test_not_to_somebody_who_cannot_review(domain: Domain, who: str) -> None:
    to = {
        "a viewer": lambda: member_id(domain, "U04VERA"),
        "gone": lambda: somebody(domain, "U06GONE", active=False),
        "elsewhere": lambda: _elsewhere(domain),
        "nobody": new_id,
    }[who]()
    draft = domain.ingest()
    blocked = domain.ingest(body="Hi {first_name}")
    said = "Choose a reviewer or admin of this workspace in Signoff. An admin can add people."
    for each in (draft, blocked):
        with pytest.raises(Refusal) as refusal:
            hand(each, to)
        assert (refusal.value.code, str(refusal.value)) == (RefusalCode.NOT_FOUND, said)
        assert row(domain, each).assigned_to is None


def _elsewhere(domain: Domain) -> UUID:
    [(found,)] = domain.rows(
        "WITH w AS (INSERT INTO workspaces (id, name, slack_team_id) VALUES (gen_random_uuid(), 'O', 'T02O')"
        " RETURNING id) INSERT INTO members (id, workspace_id, slack_user_id, name, role)"
        " SELECT gen_random_uuid(), id, 'U07', 'E', 'owner' FROM w RETURNING id"
    )
    return UUID(str(found))


def test_not_twice_to_the_same(domain: Domain) -> None:
    draft, other, bob = domain.ingest(), domain.ingest(), member_id(domain, "U02BOB")
    hand(draft, bob)
    with pytest.raises(Refusal) as refusal:
        hand(draft, bob)
    assert (refusal.value.code, str(refusal.value)) == (RefusalCode.NOTHING_TO_DO, "It is assigned to them already.")
    assert (row(domain, draft).assigned_to, row(domain, other).assigned_to) == (bob, None)


def test_not_once_it_is_decided(domain: Domain) -> None:
    draft, expired = domain.ingest(), domain.ingest()
    domain.approve(draft)
    domain.sql("UPDATE drafts SET status = 'expired' WHERE id = %s", expired)
    with pytest.raises(Conflict, match="Alice Anderson approved this"):
        hand(draft, member_id(domain, "U02BOB"))
    with pytest.raises(Refusal, match="has expired"):
        hand(expired, member_id(domain, "U02BOB"))


def test_it_is_offered_to_all_who_can_review_by_name_but_whose_it_is(domain: Domain) -> None:
    somebody(domain, "U05ADA", Role.OWNER)
    somebody(domain, "U06GONE", active=False)
    _elsewhere(domain)
    draft, other = domain.ingest(), domain.ingest()

    def offered(draft: UUID) -> list[tuple[str, str]]:
        with transaction() as tx:
            return assignees(tx, draft, domain.member())

    domain.sql("UPDATE members SET name = 'Ada Ash' WHERE slack_user_id = 'U05ADA'")
    domain.sql("UPDATE members SET name = 'Carol Chen' WHERE slack_user_id = 'U02BOB'")  # two of one name
    ada, alice, _bob, carol = everybody = [
        ("U05ADA", "Ada Ash"),
        ("U01ALICE", "Alice Anderson"),
        ("U02BOB", "Carol Chen"),
        ("U03CAROL", "Carol Chen"),
    ]
    assert offered(draft) == everybody
    hand(draft, member_id(domain, "U02BOB"))
    assert offered(draft) == [ada, alice, carol]
    assert offered(other) == everybody
