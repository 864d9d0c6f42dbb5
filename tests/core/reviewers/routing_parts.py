"""What the tests of routing say: settings changed as a declaration would, and who has which card. No Slack."""

from collections import Counter
from typing import Any

from core.db import transaction
from core.ids import UUID, new_id
from core.reviewers import deal as dealing
from core.surfaces import cards as rows
from tests.fixtures.desk import Desk
from tests.fixtures.office import ALICE, BOB, CAROL

__all__ = ["ALICE", "BOB", "CAROL"]


def workspace(desk: Desk, **settings: Any) -> None:
    _set(desk, "workspaces", "TRUE", **settings)


def campaign(desk: Desk, **settings: Any) -> None:
    _set(desk, "campaigns", "slug = 'launch'", **settings)


def member(desk: Desk, user: str, **settings: Any) -> None:
    _set(desk, "members", f"slack_user_id = '{user}'", **settings)


def quiet_now(desk: Desk, user: str) -> None:
    """It is the middle of this member's quiet hours."""
    member(desk, user, timezone="UTC")
    desk.sql(
        "UPDATE members SET quiet_from = (now() AT TIME ZONE 'UTC' - interval '1 hour')::time,"
        " quiet_to = (now() AT TIME ZONE 'UTC' + interval '1 hour')::time WHERE slack_user_id = %s",
        user,
    )


def back(desk: Desk, user: str) -> None:
    """Their quiet hours are over."""
    member(desk, user, quiet_from=None, quiet_to=None)


def muted(desk: Desk, user: str, hours: int) -> None:
    desk.sql("UPDATE members SET muted_until = now() + %s * interval '1 hour' WHERE slack_user_id = %s", hours, user)


def reviewers(desk: Desk, *users: str) -> None:
    """The campaign's reviewers are these, and nobody else."""
    desk.sql("DELETE FROM campaign_reviewers")
    for user in users:
        desk.sql(
            "INSERT INTO campaign_reviewers (campaign_id, member_id) SELECT %s, id FROM members"
            " WHERE slack_user_id = %s",
            desk.campaign_id,
            user,
        )


def join(desk: Desk, user: str, role: str = "reviewer") -> UUID:
    """One more member of the workspace."""
    member_id = new_id()
    desk.sql(
        "INSERT INTO members (id, workspace_id, slack_user_id, name, role) VALUES (%s, %s, %s, %s, %s)",
        *(member_id, desk.workspace_id, user, user, role),
    )
    return member_id


def id_of(desk: Desk, user: str) -> UUID:
    found: UUID = desk.rows("SELECT id FROM members WHERE slack_user_id = %s", user)[0][0]
    return found


def ensure(desk: Desk, draft: UUID) -> bool:
    """What a job does before it draws the cards of a draft, and that they are true then."""
    facts = desk.facts(draft)
    with transaction() as tx:
        changed = rows.ensure(tx, facts)
    desk.sql("UPDATE drafts SET drawn_revision = revision WHERE id = %s", draft)
    desk.sql("UPDATE cards SET channel = 'D', ts = id::text WHERE draft_id = %s AND ts IS NULL", draft)
    return changed


def come(desk: Desk, count: int, **more: Any) -> list[UUID]:
    """So many new drafts, each looked at by a job."""
    drafts = [desk.ingest(**more) for _ in range(count)]
    for draft in drafts:
        ensure(desk, draft)
    return drafts


def deal(desk: Desk) -> list[UUID]:
    """One look of the clock, and the jobs that it rings for."""
    with transaction() as tx:
        changed = dealing.deal(tx, desk.workspace_id)
    for draft in changed:
        ensure(desk, draft)
    return changed


def behind(desk: Desk) -> list[UUID]:
    """The drafts whose cards the clock would ring for."""
    return [draft for (draft,) in desk.rows("SELECT id FROM drafts WHERE drawn_revision < revision ORDER BY id")]


def catch_up(desk: Desk) -> None:
    """The jobs, the clock, and again, until nothing is left to do."""
    for _ in range(50):
        for draft in behind(desk):
            ensure(desk, draft)
        if not deal(desk) and not behind(desk):
            return
    raise AssertionError("there is always something left to do")


def cards(desk: Desk, user: str) -> list[UUID]:
    """The drafts of which this member has a card that asks for a decision, by number."""
    return [
        draft
        for (draft,) in desk.rows(
            "SELECT d.id FROM cards k JOIN drafts d ON d.id = k.draft_id JOIN members m ON m.id = k.member_id"
            " WHERE m.slack_user_id = %s AND k.gone_reason IS NULL AND d.snoozed_until IS NULL"
            " AND d.status IN ('needs_review', 'manual_review') ORDER BY d.id",
            user,
        )
    ]


def counts(desk: Desk) -> Counter[str]:
    """How many open cards each member has."""
    users = [user for (user,) in desk.rows("SELECT slack_user_id FROM members")]
    return Counter({user: len(cards(desk, user)) for user in users if cards(desk, user)})


def assigned(desk: Desk, draft: UUID) -> str | None:
    """To whom it is assigned."""
    rows_ = desk.rows(
        "SELECT m.slack_user_id FROM drafts d JOIN members m ON m.id = d.assigned_to WHERE d.id = %s", draft
    )
    return str(rows_[0][0]) if rows_ else None


def _set(desk: Desk, table: str, where: str, **settings: Any) -> None:
    columns = ", ".join(f"{name} = %s" for name in settings)
    desk.sql(f"UPDATE {table} SET {columns} WHERE {where}", *settings.values())
