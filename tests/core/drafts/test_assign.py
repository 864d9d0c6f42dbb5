"""Assign: a draft is handed to one reviewer of the workspace, who may then decide on it."""

import pytest

from core.drafts.assign import assign
from core.errors import Conflict, Refusal
from core.ids import UUID, new_id
from core.taxonomy import RefusalCode, Role, Verb
from tests.core.drafts.review_parts import ask_changes, does, member_id, row, somebody, to_draw
from tests.fixtures.desk import Desk


def hand(draft: UUID, to: UUID, user: str = "U01ALICE") -> None:
    does(user, Verb.ASSIGN, lambda tx, by: assign(tx, draft, to, by), draft)


@pytest.mark.parametrize("role", [Role.REVIEWER, Role.ADMIN, Role.OWNER])
def test_it_is_handed_to_somebody_who_can_review(desk: Desk, role: Role) -> None:
    dave = somebody(desk, "U05DAVE", role)
    draft = desk.ingest()
    to_draw(desk, draft)
    hand(draft, dave)
    assert row(desk, draft).assigned_to == dave
    assert to_draw(desk, draft)
    assert desk.rows("SELECT data FROM message_events WHERE verb = 'assign'") == [({"to": str(dave)},)]
    desk.approve(draft, user="U05DAVE")


def test_the_campaigns_reviewers_still_may(desk: Desk) -> None:
    draft = desk.ingest()
    hand(draft, somebody(desk, "U05DAVE"))
    desk.approve(draft, user="U02BOB")


def test_what_waits_for_changes_can_be_handed_on(desk: Desk) -> None:
    draft = desk.ingest()
    ask_changes(draft)
    hand(draft, member_id(desk, "U02BOB"))
    assert row(desk, draft).assigned_to == member_id(desk, "U02BOB")


@pytest.mark.parametrize("who", ["a viewer", "gone", "elsewhere", "nobody"])
def test_not_to_somebody_who_cannot_review(desk: Desk, who: str) -> None:
    to = {
        "a viewer": lambda: member_id(desk, "U04VERA"),
        "gone": lambda: somebody(desk, "U06GONE", active=False),
        "elsewhere": lambda: _elsewhere(desk),
        "nobody": new_id,
    }[who]()
    draft = desk.ingest()
    with pytest.raises(Refusal, match="Choose somebody who is a reviewer") as refusal:
        hand(draft, to)
    assert refusal.value.code == RefusalCode.NOT_FOUND
    assert row(desk, draft).assigned_to is None


def _elsewhere(desk: Desk) -> UUID:
    [(found,)] = desk.rows(
        "WITH w AS (INSERT INTO workspaces (id, name, slack_team_id) VALUES (gen_random_uuid(), 'O', 'T02O')"
        " RETURNING id) INSERT INTO members (id, workspace_id, slack_user_id, name, role)"
        " SELECT gen_random_uuid(), id, 'U07', 'E', 'owner' FROM w RETURNING id"
    )
    return UUID(str(found))


def test_not_twice_to_the_same(desk: Desk) -> None:
    draft, bob = desk.ingest(), member_id(desk, "U02BOB")
    hand(draft, bob)
    with pytest.raises(Refusal, match="It is theirs already") as refusal:
        hand(draft, bob)
    assert refusal.value.code == RefusalCode.NOTHING_TO_DO


def test_not_once_it_is_decided(desk: Desk) -> None:
    draft, expired = desk.ingest(), desk.ingest()
    desk.approve(draft)
    desk.sql("UPDATE drafts SET status = 'expired' WHERE id = %s", expired)
    with pytest.raises(Conflict, match="Alice Anderson approved this"):
        hand(draft, member_id(desk, "U02BOB"))
    with pytest.raises(Refusal, match="has expired"):
        hand(expired, member_id(desk, "U02BOB"))
