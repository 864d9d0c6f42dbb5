"""What the tests of routing say: settings changed as a declaration would, and who has which card. No Slack."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.db import transaction
from core.ids import UUID, new_id
from core.reviewers import backlog as dealing
from core.surfaces import cards as rows
from tests.fixtures.domain import Domain
from tests.fixtures.domain_with_slack import ALICE, BOB, CAROL

__all__ = ["ALICE", "BOB", "CAROL"]

NOON, MOMENT = datetime(2026, 11, 20, 12, tzinfo=UTC), timedelta(microseconds=1)


def clock_stands(tx: Connection) -> None:
    """Until this transaction ends it is noon: a schema with a clock of its own is looked at before the catalogue."""
    tx.execute(sa.text("CREATE SCHEMA still"))
    tx.execute(
        sa.text(
            "CREATE FUNCTION still.clock_timestamp() RETURNS timestamptz LANGUAGE sql"
            f" RETURN timestamptz '{NOON.isoformat()}'"
        )
    )
    tx.execute(sa.text("SET LOCAL search_path = still, public, pg_catalog"))


def workspace(domain: Domain, **settings: Any) -> None:
    _set(domain, "workspaces", "TRUE", **settings)


def campaign(domain: Domain, **settings: Any) -> None:
    _set(domain, "campaigns", "slug = 'launch'", **settings)


def member(domain: Domain, user: str, **settings: Any) -> None:
    _set(domain, "members", f"slack_user_id = '{user}'", **settings)


def quiet_now(domain: Domain, user: str) -> None:
    """It is the middle of this member's quiet hours."""
    member(domain, user, timezone="UTC")
    domain.sql(
        "UPDATE members SET quiet_from = (now() AT TIME ZONE 'UTC' - interval '1 hour')::time,"
        " quiet_to = (now() AT TIME ZONE 'UTC' + interval '1 hour')::time WHERE slack_user_id = %s",
        user,
    )


def back(domain: Domain, user: str) -> None:
    """Their quiet hours are over."""
    member(domain, user, quiet_from=None, quiet_to=None)


def muted(domain: Domain, user: str, hours: int) -> None:
    domain.sql("UPDATE members SET muted_until = now() + %s * interval '1 hour' WHERE slack_user_id = %s", hours, user)


def reviewers(domain: Domain, *users: str) -> None:
    """The campaign's reviewers are these, and nobody else."""
    domain.sql("DELETE FROM campaign_reviewers")
    for user in users:
        domain.sql(
            "INSERT INTO campaign_reviewers (campaign_id, member_id) SELECT %s, id FROM members"
            " WHERE slack_user_id = %s",
            domain.campaign_id,
            user,
        )


def join(domain: Domain, user: str, role: str = "reviewer") -> UUID:
    """One more member of the workspace."""
    member_id = new_id()
    domain.sql(
        "INSERT INTO members (id, workspace_id, slack_user_id, name, role) VALUES (%s, %s, %s, %s, %s)",
        *(member_id, domain.workspace_id, user, user, role),
    )
    return member_id


def id_of(domain: Domain, user: str) -> UUID:
    found: UUID = domain.rows("SELECT id FROM members WHERE slack_user_id = %s", user)[0][0]
    return found


def ensure(domain: Domain, draft: UUID) -> bool:
    """What a job does before it draws the cards of a draft, and that they are true then."""
    facts = domain.view(draft)
    with transaction() as tx:
        changed = rows.ensure(tx, facts)
    domain.sql("UPDATE drafts SET drawn_revision = revision WHERE id = %s", draft)
    domain.sql("UPDATE cards SET channel = 'D', ts = id::text WHERE draft_id = %s AND ts IS NULL", draft)
    return changed


def come(domain: Domain, count: int, **more: Any) -> list[UUID]:
    """So many new drafts, each looked at by a job."""
    drafts = [domain.ingest(**more) for _ in range(count)]
    for draft in drafts:
        ensure(domain, draft)
    return drafts


def deal(domain: Domain) -> list[UUID]:
    """One look of the clock, and the jobs that it rings for."""
    with transaction() as tx:
        changed = dealing.distribute_backlog(tx, domain.workspace_id)
    for draft in changed:
        ensure(domain, draft)
    return changed


def behind(domain: Domain) -> list[UUID]:
    """The drafts whose cards the clock would ring for."""
    return [draft for (draft,) in domain.rows("SELECT id FROM drafts WHERE drawn_revision < revision ORDER BY id")]


def catch_up(domain: Domain) -> None:
    """The jobs, the clock, and again, until nothing is left to do."""
    for _ in range(50):
        for draft in behind(domain):
            ensure(domain, draft)
        if not deal(domain) and not behind(domain):
            return
    raise AssertionError("there is always something left to do")


def cards(domain: Domain, user: str) -> list[UUID]:
    """The drafts of which this member has a card that asks for a decision, by number."""
    return [
        draft
        for (draft,) in domain.rows(
            "SELECT d.id FROM cards k JOIN drafts d ON d.id = k.draft_id JOIN members m ON m.id = k.member_id"
            " WHERE m.slack_user_id = %s AND k.gone_reason IS NULL AND d.snoozed_until IS NULL"
            " AND d.status IN ('needs_review', 'manual_review') ORDER BY d.id",
            user,
        )
    ]


def counts(domain: Domain) -> Counter[str]:
    """How many open cards each member has."""
    users = [user for (user,) in domain.rows("SELECT slack_user_id FROM members")]
    return Counter({user: len(cards(domain, user)) for user in users if cards(domain, user)})


def owed(domain: Domain) -> set[str]:
    """For whom something may wait."""
    return {user for (user,) in domain.rows("SELECT slack_user_id FROM members WHERE owed")}


def revisions(domain: Domain) -> dict[UUID, int]:
    """How often each draft was changed, or its cards are to be drawn."""
    return dict(domain.rows("SELECT id, revision FROM drafts"))


def free_to_lock(domain: Domain, table: str, strength: str = "NO KEY UPDATE") -> set[UUID]:
    """The ids of those rows that nobody else holds now."""
    return {id_ for (id_,) in domain.rows(f"SELECT id FROM {table} FOR {strength} SKIP LOCKED")}


def assigned(domain: Domain, draft: UUID) -> str | None:
    """To whom it is assigned."""
    rows_ = domain.rows(
        "SELECT m.slack_user_id FROM drafts d JOIN members m ON m.id = d.assigned_to WHERE d.id = %s", draft
    )
    return str(rows_[0][0]) if rows_ else None


def _set(domain: Domain, table: str, where: str, **settings: Any) -> None:
    columns = ", ".join(f"{name} = %s" for name in settings)
    domain.sql(f"UPDATE {table} SET {columns} WHERE {where}", *settings.values())
